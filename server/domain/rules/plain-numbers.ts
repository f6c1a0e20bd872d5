// What kind of number it is, for most numbers: those whose country code is one country's alone, written without a prefix,
// of a kind that the numbering plan names. A broadcast asks this for a million of them, and the library's own parser,
// which can read anything, takes twenty times as long.
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  Metadata,
  type NumberType,
} from 'libphonenumber-js/max';

export interface PlainNumber {
  country: CountryCode;
  type: Exclude<NumberType, undefined>;
}

/** Of the library's class, whose types leave most of it out. */
interface Plan {
  selectNumberingPlan(country: CountryCode): void;
  nationalNumberPattern(): string;
  possibleLengths(): number[];
  nationalPrefixForParsing(): string | undefined;
  type(name: string): { pattern(): string; possibleLengths(): number[] } | undefined;
}

interface Kind {
  type: Exclude<NumberType, undefined>;
  pattern: RegExp;
  lengths: readonly number[];
}

interface Country {
  country: CountryCode;
  pattern: RegExp;
  prefix: RegExp | null;
  /** In the order in which the library looks. */
  kinds: readonly Kind[];
}

const otherTypes = [
  ...(['MOBILE', 'PREMIUM_RATE', 'TOLL_FREE', 'SHARED_COST', 'VOIP'] as const),
  ...(['PERSONAL_NUMBER', 'PAGER', 'UAN', 'VOICEMAIL'] as const),
];

const countryOfCode = new Map<string, CountryCode | null>();
for (const country of getCountries()) {
  const code = getCountryCallingCode(country) as string;
  countryOfCode.set(code, countryOfCode.has(code) ? null : country);
}
const plans = new Map<CountryCode, Country>();

/** `international`: digits with the country code. undefined: ask the library. */
export function plainNumber(international: string): PlainNumber | undefined {
  for (let end = 1; end <= 3; end++) {
    const country = countryOfCode.get(international.slice(0, end));
    if (country === null) return undefined;
    if (country !== undefined) return kindIn(planOf(country), international.slice(end));
  }
  return undefined;
}

function kindIn({ country, pattern, prefix, kinds }: Country, national: string): PlainNumber | undefined {
  if (prefix?.test(national) || !pattern.test(national)) return undefined;
  const kind = kinds.find((one) => one.lengths.includes(national.length) && one.pattern.test(national));
  return kind && { country, type: kind.type };
}

function planOf(country: CountryCode): Country {
  const known = plans.get(country);
  if (known) return known;
  const metadata = new Metadata() as unknown as Plan;
  metadata.selectNumberingPlan(country);
  const kindsOf = (name: string, type: Kind['type']): Kind[] => {
    const found = metadata.type(name);
    return found?.pattern() ? [{ type, pattern: whole(found.pattern()), lengths: found.possibleLengths() }] : [];
  };
  const prefix = metadata.nationalPrefixForParsing();
  const plan = {
    country,
    pattern: whole(metadata.nationalNumberPattern()),
    prefix: prefix ? new RegExp(`^(?:${prefix})`) : null,
    // As a fixed line it may be a mobile one as well: no matter here, where the costly kinds are looked for.
    kinds: [...kindsOf('FIXED_LINE', 'FIXED_LINE'), ...otherTypes.flatMap((type) => kindsOf(type, type))],
  };
  plans.set(country, plan);
  return plan;
}

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
