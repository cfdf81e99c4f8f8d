import * as z from 'zod';
import { custom, type Field } from './fields.js';
import { type SecretRef, secretReferencePattern } from './secret-ref.js';

/** A reference to a secret, as schemas see it. */
export const secretReference = z.strictObject({
  $secret: z
    .string()
    .regex(secretReferencePattern)
    .meta({ description: 'Name of the secret in the vault, or `name#field`.' }),
});

/** A value that is a secret, where no text may stand. */
export function secretField(doc: string): Field<SecretRef, 'optional'> {
  const field = custom<SecretRef>(
    doc,
    'a secret: Secret.fromVault(\'samba/heads\'), or { "$secret": "samba/heads" }',
    () => secretReference,
  );
  return { ...field, secret: true };
}
