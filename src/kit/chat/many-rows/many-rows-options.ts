import { oneOf, option, text } from '../../../spec/option.js';

/** Options of prompts that ask about many rows; a part of `chatOptions`. */
export const manyRowsOptions = {
  'batch.prompt-template': option(text().optional(), {
    doc: 'Prompt of a call of several rows, in place of ours: a task, behind which the rows are added, or a Mustache template that places them, such as "{{#rows}}{{index}}: {{body}}{{/rows}}".',
    aliases: ['batch.prompt.template', 'batch.prompt_template'],
  }),
  'response.format': option(oneOf('json', 'xml', 'delimited').optional(), {
    doc: 'Form of the answers to several rows: json unless set.',
  }),
  'response.path': option(text().optional(), {
    doc: 'Where the answers to several rows stand in a reply: a JSONPath (RFC 9535), "$[*]" unless set, or for xml an XPath, "//answer" unless set.',
  }),
  'response.index.field': option(text().optional(), {
    doc: 'Field of an answer that says which row it answers; with batch.prompt-template "index" unless set.',
    aliases: ['response.index-field', 'response.index_field'],
  }),
  'response.value.field': option(text().optional(), {
    doc: 'Field of an answer that holds the value; the name of the OUTPUT column unless set.',
    aliases: ['response.value-field', 'response.value_field'],
  }),
  'response.delimiter': option(text().optional(), {
    doc: 'What stands between the fields of an answer, with response.format delimited; "|" unless set.',
  }),
};
