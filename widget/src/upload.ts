import type { Uploaded, UploadLimits } from '@tributary/protocol';

/** One attempt to upload a file. `status` 0: nobody answered. */
export interface UploadTry {
  status: number;
  uploaded?: Uploaded;
}
export type Uploader = (
  to: { url: string; token: string },
  file: File,
  onProgress: (share: number) => void,
) => Promise<UploadTry>;

const TIMEOUT_MS = 300_000;

/** By XMLHttpRequest, which alone tells how far it has come. */
export const uploadByXhr: Uploader = ({ url, token }, file, onProgress) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    // Some files have no type; an empty header would be a form to the server.
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    request.timeout = TIMEOUT_MS;
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onloadend = () => {
      const { status } = request;
      try {
        resolve(status === 201 ? { status, uploaded: JSON.parse(request.responseText) as Uploaded } : { status });
      } catch {
        resolve({ status: 0 });
      }
    };
    request.send(file);
  });

/** Why a file will not be taken, before it is uploaded; the server looks again. */
export function refusalOf(file: File, limits: UploadLimits): 'tooLarge' | 'wrongType' | undefined {
  if (file.size > limits.maxBytes || file.size === 0) return 'tooLarge';
  const { types } = limits;
  // What the browser does not know, the server may.
  if (!types || !file.type) return undefined;
  const taken = (type: string): boolean =>
    type === file.type || (type.endsWith('/*') && file.type.startsWith(type.slice(0, -1)));
  return types.some(taken) ? undefined : 'wrongType';
}

/** What a file is called until the server has looked into it. */
export function kindOf(type: string): Uploaded['type'] {
  const family = type.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}
