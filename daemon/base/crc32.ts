// CRC-32 (IEEE 802.3, as zlib, PNG and the Venues' book checksums use it). Not the journal's CRC-32C. Pure.

const TABLE = new Int32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLE[byte] = value;
}

/** The checksum of bytes[0, size), as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, size: number): number {
  let crc = -1;
  for (let i = 0; i < size; i += 1) crc = TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
