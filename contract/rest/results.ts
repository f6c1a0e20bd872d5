import { z } from 'zod';

export const ResultsQuery = z.object({
  format: z.enum(['csv', 'json', 'xml']).default('csv').describe('json and xml: one report of all attempts'),
  cells: z
    .enum(['safe', 'raw'])
    .default('safe')
    .describe(
      'csv: safe for a spreadsheet, where a cell that it would calculate begins with an apostrophe; raw as it is',
    ),
});
export type ResultsFormat = z.infer<typeof ResultsQuery>['format'];
