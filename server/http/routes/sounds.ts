// Sounds: an upload is one file of multipart/form-data, with `name` and `space_id` as fields before or after it.
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IdPath, IdText, PageQuery, pageOf, Text } from '../../../contract/rest/common.ts';
import { mostSoundBytes, Sound, SoundChanges } from '../../../contract/rest/sounds.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import { convertSound } from '../../platform/audio/convert.ts';
import { NotASound } from '../../platform/audio/pcm.ts';
import { addSound, audioOfSound, findSound, listSounds, removeSound, renameSound } from '../../store/sounds.ts';
import { administer } from '../administer.ts';
import { rangeAsked } from '../byte-range.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { fieldRefused, notFound, parsed } from '../problem.ts';

const tags = ['sounds'];
const resource = 'sounds';
const idOf = ({ id }: Sound) => id;
/** A call that plays it right after the answer should hear it; who uploads waits no longer. */
const settledLimitMs = 5_000;
const FieldsOfUpload = z.strictObject({ name: Text.optional(), space_id: IdText.optional() });

/** Multipart is understood here only. */
export async function soundRoutes(app: App, parts: RestParts): Promise<void> {
  const { db, directories } = parts;
  app.addContentTypeParser('*', (request, _body, done) => {
    const known = request.method === 'POST' ? 'multipart/form-data' : 'application/json';
    done(new AppError('request.wrong_media_type', `The body must be ${known}.`));
  });
  await app.register(multipart, { limits: { fileSize: mostSoundBytes, files: 1, fields: 4, fieldSize: 1_024 } });

  app.get(
    '/sounds',
    { config: { access: supervisors }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Sound) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(IdPosition, cursor) ?? 0;
      return pageOfItems(await listSounds(db, space, { after, limit: limit + 1 }), limit, (last) => last.id);
    },
  );

  app.post(
    '/sounds',
    {
      config: { access: admins },
      bodyLimit: mostSoundBytes + 64 * 1_024, // What multipart adds.
      schema: {
        tags,
        description: 'multipart/form-data: `file` (WAV, MP3 or OGG, at most 10 MiB), `name`, `space_id`.',
        response: { 201: Sound },
      },
    },
    async (request, reply) => {
      const { file, fields } = await uploadOf(request);
      const space = spaceToUse(callerOf(request), fields.space_id, directories);
      const name = fields.name ?? nameOf(file);
      const converted = await convertSound(file.bytes).catch((error: unknown) => {
        throw error instanceof NotASound
          ? fieldRefused('file', `cannot be used: ${error.message.replace(/\.$/, '')}`)
          : error;
      });
      const sound = await administer(parts, request, {
        ...{ space, resource, idOf, action: 'create' },
        work: (tx) => addSound(tx, space, name, converted),
      });
      await parts.soundsSettled(settledLimitMs);
      reply.code(201);
      return sound;
    },
  );

  app.get(
    '/sounds/:id',
    { config: { access: supervisors }, schema: { tags, params: IdPath, response: { 200: Sound } } },
    (request) => reached(parts, request),
  );

  app.get(
    '/sounds/:id/audio',
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'The sound, a WAV file (audio/wav) of 16 kHz; with `Range`, a part of it (206).',
        params: IdPath,
      },
    },
    async (request, reply) => {
      const { id } = await reached(parts, request);
      const audio = await audioOfSound(db, id);
      if (!audio) throw notFound();
      const range = rangeAsked(request.headers.range, audio.wav16k.length);
      reply.type('audio/wav').header('accept-ranges', 'bytes');
      if (!range) return reply.send(audio.wav16k);
      reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${audio.wav16k.length}`);
      return reply.send(audio.wav16k.subarray(range.from, range.to + 1));
    },
  );

  app.patch(
    '/sounds/:id',
    { config: { access: admins }, schema: { tags, params: IdPath, body: SoundChanges, response: { 200: Sound } } },
    async (request) => {
      const { id, space_id } = await reached(parts, request);
      const space = space_id as SpaceId;
      return await administer(parts, request, {
        ...{ space, resource, idOf, action: 'change' },
        work: (tx) => renameSound(tx, space, id, request.body.name),
      });
    },
  );

  app.delete(
    '/sounds/:id',
    { config: { access: admins }, schema: { tags, params: IdPath, response: { 204: z.null() } } },
    async (request, reply) => {
      const { id, space_id } = await reached(parts, request);
      const space = space_id as SpaceId;
      await administer(parts, request, {
        ...{ space, resource, action: 'delete', idOf: () => id },
        work: async (tx) => (await removeSound(tx, space, id)) || undefined,
      });
      return reply.code(204).send(null);
    },
  );
}

async function reached({ db }: RestParts, request: FastifyRequest): Promise<Sound> {
  const { id } = request.params as z.output<typeof IdPath>;
  const sound = await findSound(db, id);
  if (!sound) throw notFound();
  requireReach(callerOf(request), sound.space_id);
  return sound;
}

function nameOf({ filename = '' }: { filename: string | undefined }): string {
  const name = Text.safeParse(filename.slice(0, 200));
  if (!name.success) throw fieldRefused('name', 'is needed: the file has none that could be used');
  return name.data;
}

async function uploadOf(request: FastifyRequest) {
  if (!request.isMultipart()) throw new AppError('request.wrong_media_type', 'The body must be multipart/form-data.');
  const { file, given } = await partsOf(request);
  if (!file) throw fieldRefused('file', 'is needed');
  return { file, fields: parsed(FieldsOfUpload, given) };
}

/** What fails while it is read is wrong with what was sent: no multipart after all, cut off, or parts beyond the limits. */
async function partsOf(request: FastifyRequest) {
  const given: Record<string, unknown> = {};
  let file: { filename: string | undefined; bytes: Buffer } | null = null;
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') given[part.fieldname] = part.value;
      else file = { filename: part.filename, bytes: await part.toBuffer() };
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'FST_REQ_FILE_TOO_LARGE') {
      throw new AppError('request.too_large', 'A sound may have 10 MiB at most.', { cause: error });
    }
    throw fieldRefused('', 'is no multipart/form-data with one file, name and space_id');
  }
  return { file, given };
}
