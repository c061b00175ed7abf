/** What Mailgun’s API refuses, with the status and the words it has for it. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface UploadedFile {
  filename: string;
  mimeType: string;
  bytes: Buffer;
}

/** A form’s fields by name, in their order, and its files. */
export class Form extends Map<string, string[]> {
  readonly files: { part: string; file: UploadedFile }[] = [];
}

/** A form in either encoding; no form is an empty one. */
export async function readApiForm(body: Buffer, contentType: string): Promise<Form> {
  const form = new Form();
  const add = (name: string, value: string): void => {
    const values = form.get(name);
    if (values) values.push(value);
    else form.set(name, [value]);
  };
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) add(name, value);
    return form;
  }
  if (!contentType.startsWith('multipart/form-data')) return form;
  const read = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw new ApiError(400, 'The form cannot be read');
    });
  for (const [name, value] of read) {
    if (typeof value === 'string') add(name, value);
    else
      form.files.push({
        part: name,
        file: {
          filename: value.name,
          mimeType: value.type || 'application/octet-stream',
          bytes: Buffer.from(await value.arrayBuffer()),
        },
      });
  }
  return form;
}
