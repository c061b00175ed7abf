import Type from 'typebox';

const Details = Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() })));

/** Every answer of 400 and above. */
export const Refusal = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    details: Details,
    error: Type.Object({ code: Type.String(), message: Type.String(), details: Details }),
    meta: Type.Object({ requestId: Type.String() }),
  },
  { title: 'Error', description: 'The codes are listed in docs/errors.md.' },
);
