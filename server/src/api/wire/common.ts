import type { ChannelType } from '@tributary/protocol';
import { CHANNEL_TYPES } from '@tributary/protocol';
import Type, { type TSchema } from 'typebox';

export const Id = (example: string) => Type.String({ examples: [example] });
export const Time = Type.String({ format: 'date-time' });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Json = Type.Record(Type.String(), Type.Unknown());
export const ChannelTypeName = Type.Enum([...CHANNEL_TYPES] as ChannelType[]);
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 });

/** A time on the wire. `undefined` leaves the member out. */
export const time = (at: Date | null | undefined): string | undefined => at?.toISOString();
/** Absent rather than null: the SDK's optional members. */
export const given = <T>(value: T | null): T | undefined => value ?? undefined;
