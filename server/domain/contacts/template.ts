// Texts with variables: `{{column}}` is the contact's value of that column, as it is. No sections, no escaping.

const variable = /\{\{\s*([^{}]*[^{}\s])\s*\}\}/g;

/** Columns that every contact has, whatever his file had. */
export const ownColumns = ['to', 'ref_externe'] as const;

/** What a text may name of a contact: his columns, `to` and `ref_externe`. */
export function fieldsOf(contact: {
  address: string;
  refExterne: string | null;
  fields: Readonly<Record<string, string>> | null;
}): Record<string, string> {
  return { ...contact.fields, to: contact.address, ref_externe: contact.refExterne ?? '' };
}

/** A column that the contact does not have is empty. */
export function renderText(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(variable, (_, name: string) => (Object.hasOwn(fields, name) ? fields[name]! : ''));
}

/** The columns that a template names, each once, in the order of their first use. */
export function columnsOf(template: string): string[] {
  return [...new Set([...template.matchAll(variable)].map(([, name]) => name!))];
}

/** `{{` or `}}` that belongs to no variable, or one brace too many: a variable that was written wrongly. */
export function hasBrokenVariable(template: string): boolean {
  return /\{\{|\}\}/.test(template.replace(variable, ' ')) || /\{{3}|\}{3}/.test(template);
}
