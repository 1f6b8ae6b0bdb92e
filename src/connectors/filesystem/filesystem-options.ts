import { z } from 'zod';
import { duration, memorySize, option, text } from '../../spec/option.js';

export const filesystemOptions = z.object({
  path: option(text(), {
    doc: 'File, folder or glob to read; folder to write, or one file to write where the name ends in .json, .jsonl, .ndjson, .csv, .txt or .log. Relative to the working directory; `file://` may stand in front.',
  }),
  'source.monitor-interval': option(duration().optional(), {
    doc: 'How often to look for new files and for rows added to known ones; without it, the table is bounded and holds the files of the start.',
  }),
  'source.path.regex-pattern': option(pathPattern().optional(), {
    doc: 'Regular expression that the whole absolute path of a file has to match to be read.',
  }),
  'sink.rolling-policy.file-size': option(memorySize().default(128 * 1024 * 1024), {
    doc: 'Size at which a sink that writes a folder goes on in a new file.',
  }),
});

export type FilesystemOptions = z.output<typeof filesystemOptions>;

function pathPattern() {
  return text().transform((pattern, context): RegExp => {
    try {
      return new RegExp(`^(?:${pattern})$`);
    } catch (error) {
      context.addIssue({ code: 'custom', message: `expected a regular expression: ${(error as Error).message}` });
      return z.NEVER;
    }
  });
}
