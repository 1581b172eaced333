/**
 * A reader of Arrow IPC streams for exactly our columns: fixed_size_list<float32>, float32, bool and dictionary<utf8>,
 * with nulls.
 *
 * After the Arrow columnar format, "IPC streaming format" and its FlatBuffers schemas Message.fbs and Schema.fbs.
 * Anything else raises a TypeError that names it. Little-endian, uncompressed, one or more record batches.
 */

/** @typedef {{values: Float32Array, size: number}} FloatLists (N, size) row-major */
/** @typedef {{codes: Int32Array, categories: string[]}} Categories codes (N,), -1 for null */
/** @typedef {{numbers: Float32Array}} Numbers (N,), NaN for null; of a bool 1 and 0 */
/** @typedef {{rows: number, columns: Record<string, FloatLists|Categories|Numbers>}} Columns */

const HEADER = { SCHEMA: 1, DICTIONARY: 2, RECORDS: 3 };
const TYPE = { INT: 2, FLOAT: 3, UTF8: 5, BOOL: 6, FIXED_SIZE_LIST: 16 };

/** A FlatBuffers table: fields are found through its vtable, by their number in the schema. */
class Table {
  /** @param {DataView} view @param {number} at */
  constructor(view, at) {
    this.view = view;
    this.at = at;
    this.vtable = at - view.getInt32(at, true);
  }

  /** @param {number} id @returns {number} where the field's value stands, 0 when it is absent */
  where(id) {
    const slot = 4 + 2 * id;
    if (slot >= this.view.getUint16(this.vtable, true)) return 0;
    const offset = this.view.getUint16(this.vtable + slot, true);
    return offset === 0 ? 0 : this.at + offset;
  }

  /** @param {number} id */
  byte(id) {
    const at = this.where(id);
    return at === 0 ? 0 : this.view.getUint8(at);
  }

  /** @param {number} id */
  short(id) {
    const at = this.where(id);
    return at === 0 ? 0 : this.view.getInt16(at, true);
  }

  /** @param {number} id */
  int(id) {
    const at = this.where(id);
    return at === 0 ? 0 : this.view.getInt32(at, true);
  }

  /** @param {number} id */
  long(id) {
    const at = this.where(id);
    return at === 0 ? 0 : Number(this.view.getBigInt64(at, true));
  }

  /** @param {number} id @returns {Table|null} */
  table(id) {
    const at = this.where(id);
    return at === 0 ? null : new Table(this.view, at + this.view.getInt32(at, true));
  }

  /** @param {number} id @returns {{at: number, length: number}} first element and number of elements */
  vector(id) {
    const at = this.where(id);
    if (at === 0) return { at: 0, length: 0 };
    const start = at + this.view.getInt32(at, true);
    return { at: start + 4, length: this.view.getUint32(start, true) };
  }

  /** @param {number} id @returns {Table[]} */
  tables(id) {
    const { at, length } = this.vector(id);
    return Array.from(
      { length },
      (_, index) => new Table(this.view, at + 4 * index + this.view.getInt32(at + 4 * index, true)),
    );
  }

  /** @param {number} id */
  string(id) {
    const { at, length } = this.vector(id);
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + at, length));
  }
}

/** The nodes and buffers of one batch, taken one after the other as the schema walks its columns. */
class Batch {
  /** @param {Table} header a RecordBatch @param {Uint8Array} body */
  constructor(header, body) {
    if (header.table(3)) throw new TypeError('compressed Arrow batches are not read here');
    this.rows = header.long(0);
    this.body = body;
    this.view = header.view;
    this.nodes = header.vector(1).at;
    this.buffers = header.vector(2).at;
  }

  /** @returns {{length: number, nulls: number}} */
  node() {
    const at = this.nodes;
    this.nodes += 16;
    return { length: Number(this.view.getBigInt64(at, true)), nulls: Number(this.view.getBigInt64(at + 8, true)) };
  }

  /** @returns {Uint8Array} */
  bytes() {
    const at = this.buffers;
    this.buffers += 16;
    const start = Number(this.view.getBigInt64(at, true));
    return this.body.subarray(start, start + Number(this.view.getBigInt64(at + 8, true)));
  }
}

/** @param {ArrayBuffer} buffer @returns {Generator<{kind: number, header: Table, body: Uint8Array}>} */
function* messages(buffer) {
  const view = new DataView(buffer);
  let at = 0;
  while (at + 8 <= buffer.byteLength) {
    if (view.getUint32(at, true) !== 0xffffffff) throw new TypeError('not an Arrow stream');
    const length = view.getInt32(at + 4, true);
    if (length === 0) return;
    const metadata = new DataView(buffer, at + 8, length);
    const message = new Table(metadata, metadata.getUint32(0, true));
    const body = at + 8 + length;
    const header = message.table(2);
    if (!header) throw new TypeError('an Arrow message without a header');
    yield { kind: message.byte(1), header, body: new Uint8Array(buffer, body, message.long(3)) };
    at = body + message.long(3);
  }
}

/**
 * @typedef {Object} Column
 * @property {string} name
 * @property {'floats'|'number'|'flag'|'category'} kind
 * @property {number} size length of each list, or bits of each index
 * @property {number} dictionary id of the dictionary
 */

/** @param {Table} field a Field of the schema @returns {Column} */
function readField(field) {
  const name = field.string(0);
  const encoding = field.table(4);
  const type = field.table(3);
  if (encoding) {
    if (field.byte(2) !== TYPE.UTF8) throw new TypeError(`column ${name}: only dictionaries of utf8 are read here`);
    const index = encoding.table(1);
    return { name, kind: 'category', size: index ? index.int(0) : 32, dictionary: encoding.long(0) };
  }
  if (field.byte(2) === TYPE.FLOAT && type?.short(0) === 1) return { name, kind: 'number', size: 1, dictionary: -1 };
  if (field.byte(2) === TYPE.BOOL) return { name, kind: 'flag', size: 1, dictionary: -1 };
  const child = field.tables(5)[0];
  const single = child?.byte(2) === TYPE.FLOAT && child.table(3)?.short(0) === 1;
  if (field.byte(2) !== TYPE.FIXED_SIZE_LIST || !single || !type)
    throw new TypeError(`column ${name}: its type is not read here`);
  return { name, kind: 'floats', size: type.int(0), dictionary: -1 };
}

/** @param {Batch} batch @returns {string[]} */
function readStrings(batch) {
  const { length } = batch.node();
  batch.bytes();
  const offsets = int32(batch.bytes());
  const text = batch.bytes();
  const decoder = new TextDecoder();
  return Array.from({ length }, (_, index) => decoder.decode(text.subarray(offsets[index], offsets[index + 1])));
}

/** @param {Batch} batch @param {Column} column @returns {Float32Array} */
function readFloats(batch, column) {
  batch.node();
  batch.bytes();
  const { length } = batch.node();
  batch.bytes();
  const raw = batch.bytes();
  return new Float32Array(raw.slice(0, 4 * length).buffer);
}

/** @param {Batch} batch @returns {Float32Array} NaN for null */
function readNumbers(batch) {
  const { length, nulls } = batch.node();
  const valid = batch.bytes();
  const values = new Float32Array(batch.bytes().slice(0, 4 * length).buffer);
  if (nulls > 0) for (let index = 0; index < length; index++) if (!known(valid, index)) values[index] = NaN;
  return values;
}

/** @param {Batch} batch @returns {Float32Array} 1 for true, 0 for false, NaN for null */
function readFlags(batch) {
  const { length, nulls } = batch.node();
  const valid = batch.bytes();
  const bits = batch.bytes();
  return Float32Array.from({ length }, (_, index) => (nulls > 0 && !known(valid, index) ? NaN : Number(known(bits, index))));
}

/** @param {Uint8Array} valid a bit each row @param {number} index */
const known = (valid, index) => ((valid[index >> 3] >> (index & 7)) & 1) === 1;

/** @param {Batch} batch @param {Column} column @returns {Int32Array} -1 for null */
function readCodes(batch, column) {
  const { length, nulls } = batch.node();
  const valid = batch.bytes();
  const raw = batch.bytes();
  const codes =
    column.size === 8 ? Int32Array.from(new Int8Array(raw.slice(0, length).buffer)) : int32(raw).slice(0, length);
  if (column.size !== 8 && column.size !== 32)
    throw new TypeError(`column ${column.name}: indices of ${column.size} bits`);
  if (nulls > 0) for (let index = 0; index < length; index++) if (!known(valid, index)) codes[index] = -1;
  return codes;
}

/** @param {Uint8Array} raw */
const int32 = (raw) => new Int32Array(raw.slice(0, raw.length & ~3).buffer);

/**
 * @template {Float32Array|Int32Array} T
 * @param {T[]} parts @returns {T}
 */
function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = /** @type {T} */ (
    new /** @type {any} */ (parts[0].constructor)(parts.reduce((sum, part) => sum + part.length, 0))
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const READ = { floats: readFloats, number: readNumbers, flag: readFlags, category: readCodes };

/** @param {ArrayBuffer} buffer an Arrow IPC stream @returns {Columns} @throws {TypeError} for what it cannot read */
export function readTable(buffer) {
  /** @type {Column[]} */
  let schema = [];
  /** @type {Map<number, string[]>} */
  const dictionaries = new Map();
  /** @type {any[][]} */
  const parts = [];
  let rows = 0;
  for (const { kind, header, body } of messages(buffer)) {
    if (kind === HEADER.SCHEMA) {
      schema = header.tables(1).map(readField);
      schema.forEach(() => parts.push([]));
    } else if (kind === HEADER.DICTIONARY) {
      const data = header.table(1);
      if (data) dictionaries.set(header.long(0), readStrings(new Batch(data, body)));
    } else if (kind === HEADER.RECORDS) {
      const batch = new Batch(header, body);
      rows += batch.rows;
      schema.forEach((column, index) => parts[index].push(READ[column.kind](batch, column)));
    }
  }
  if (schema.length === 0) throw new TypeError('an Arrow stream without a schema');
  const columns = Object.fromEntries(
    schema.map((column, index) => [column.name, assembled(column, parts[index], dictionaries)]),
  );
  return /** @type {any} */ ({ rows, columns });
}

/**
 * @param {Column} column
 * @param {any[]} parts
 * @param {Map<number, string[]>} dictionaries
 * @returns {FloatLists|Categories|Numbers}
 */
function assembled(column, parts, dictionaries) {
  if (column.kind === 'number' || column.kind === 'flag') return { numbers: parts.length > 0 ? joined(parts) : new Float32Array(0) };
  if (column.kind === 'floats')
    return { values: parts.length > 0 ? joined(parts) : new Float32Array(0), size: column.size };
  const categories = dictionaries.get(column.dictionary) ?? [];
  return { codes: parts.length > 0 ? joined(parts) : new Int32Array(0), categories };
}
