import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, ERRORS, type Fault } from '../errors.ts';

/** The body of every refusal: `code message details` at the top, as the SDK reads them, and once more under `error`, as the documents show them. */
export interface Refusal {
  code: string;
  message: string;
  details?: readonly Fault[];
  error: { code: string; message: string; details?: readonly Fault[] };
  meta: { requestId: string };
}

export function refusal(error: ApiError, requestId: string): Refusal {
  const { code, message, details } = error;
  return { code, message, details, error: { code, message, details }, meta: { requestId } };
}

/** Answers whatever was thrown. Only our own faults are logged. */
export function answerFailure(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toApiError(thrown);
  if (error.status >= 500) request.log.error({ err: thrown }, 'A request failed.');
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error.status === 503) reply.header('retry-after', '2');
  return reply.code(error.status).send(refusal(error, request.id));
}

function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const { statusCode, code, message } = (thrown ?? {}) as { statusCode?: number; code?: string; message?: string };
  if (isDatabaseAway(code, message))
    return new ApiError('SERVICE_UNAVAILABLE', undefined, undefined, { cause: thrown });
  // What a schema let pass and PostgreSQL cannot read as a time or number: a cursor made by hand, a year beyond its calendar.
  if (code && /^22(007|008|P02|003)$/.test(code)) {
    return new ApiError('VALIDATION_ERROR', 'A value of the request is out of range.', undefined, { cause: thrown });
  }
  if (statusCode === 413) return new ApiError('PAYLOAD_TOO_LARGE');
  if (statusCode === 415) return new ApiError('UNSUPPORTED_MEDIA_TYPE');
  if (statusCode === 404) return new ApiError('RESOURCE_NOT_FOUND');
  if (statusCode === 429) return new ApiError('RATE_LIMIT_EXCEEDED');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiError('VALIDATION_ERROR', message ?? ERRORS.VALIDATION_ERROR.says, [
      { field: 'body', message: message ?? 'cannot be read' },
    ]);
  }
  return new ApiError('INTERNAL_ERROR', undefined, undefined, { cause: thrown });
}

/** The classes of PostgreSQL and the socket that mean "not now": connection lost, shutting down, starting up, too many clients. */
function isDatabaseAway(code: string | undefined, message: string | undefined): boolean {
  if (code && /^(08\w{3}|57P0[1-3]|53300|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT)$/.test(code)) return true;
  return message !== undefined && /^Connection terminated|timeout exceeded when trying to connect/.test(message);
}
