// The bytes of a record: sizes, the checksum chain, sealing and checking. The structs are generated from
// schemas/journal.fbs; docs/journal-format.md draws them.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/crc32c.h"
#include "base/integers.h"
#include "event/limits.h"
#include "journal_generated.h"

namespace tcx::journal {

static_assert(std::endian::native == std::endian::little, "the journal is little endian, and mapped as it is");
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free);

inline constexpr std::uint64_t kMagic = 0x314C4E524A584354;  // "TCXJRNL1"
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint32_t kPageSize = 4096;
inline constexpr std::uint32_t kFileHeaderSize = kPageSize;  // the header struct, then zeros to the first record
inline constexpr std::uint32_t kRecordHeaderSize = sizeof(RecordHeader);
inline constexpr std::uint32_t kChecksummedFrom = 8;  // offset of `position`: what follows the commit word and the crc
static_assert(kRecordHeaderSize == 40);

inline constexpr std::uint64_t record_size(std::uint64_t body_size) noexcept {
  return align8(kRecordHeaderSize + body_size);
}
inline constexpr std::uint64_t kRecordSizeMax = record_size(kBodySizeMax);

// Where a stream of records stands: what the next record continues.
struct Chain {
  std::uint32_t crc = 0;
  std::uint64_t position = 0;
  std::int64_t time = 0;
};

// A record header as plain values.
struct Record {
  std::uint32_t size;
  std::uint32_t crc;
  std::uint64_t position;
  std::int64_t time;
  std::uint64_t cause;
  std::uint8_t kind;
  std::uint8_t record_class;
  std::uint16_t source;
  std::uint32_t body_size;
};

inline Record load_record(const std::uint8_t* bytes) noexcept {
  RecordHeader header;
  std::memcpy(&header, bytes, sizeof header);
  return {header.size(),   header.crc(),    header.position(), header.time(),     header.cause(),
          header.kind(),   header.class_(), header.source(),   header.body_size()};
}

// The checksum of the record at `bytes` behind a record whose checksum is `previous`.
inline std::uint32_t chained_crc(std::uint32_t previous, const std::uint8_t* bytes, std::uint32_t body_size) noexcept {
  const std::uint32_t state = crc32c_extend_half(kCrcStart, previous);
  return crc32c_finish(
      crc32c_extend(state, bytes + kChecksummedFrom, kRecordHeaderSize - kChecksummedFrom + body_size));
}

// Writes header and padding around the body at `bytes + kRecordHeaderSize`, leaving the commit word zero, and advances
// the chain over it. Returns the value to store into the commit word. The header goes through registers as whole words:
// reading back what was just stored in smaller pieces would stall for longer than the checksum takes.
inline std::uint32_t seal_record(std::uint8_t* bytes, const Record& record, Chain& chain) noexcept {
  const auto size = static_cast<std::uint32_t>(record_size(record.body_size));
  const std::uint64_t position = chain.position + 1;
  if (const std::uint32_t tail = record.body_size % 8; tail != 0) {
    std::uint64_t last;
    std::memcpy(&last, bytes + size - sizeof last, sizeof last);
    last &= (std::uint64_t{1} << (8 * tail)) - 1;
    std::memcpy(bytes + size - sizeof last, &last, sizeof last);
  }
  const std::uint64_t words[] = {
      position, static_cast<std::uint64_t>(record.time), record.cause,
      std::uint64_t{record.kind} | std::uint64_t{record.record_class} << 8 | std::uint64_t{record.source} << 16 |
          std::uint64_t{record.body_size} << 32};
  static_assert(kChecksummedFrom + sizeof words == kRecordHeaderSize);
  std::uint32_t crc = crc32c_extend_half(kCrcStart, chain.crc);
  for (const std::uint64_t word : words) crc = crc32c_extend_word(crc, word);
  crc = crc32c_finish(crc32c_extend(crc, bytes + kRecordHeaderSize, record.body_size));
  const std::uint64_t first = std::uint64_t{crc} << 32;
  std::memcpy(bytes, &first, sizeof first);
  for (std::size_t i = 0; i < 4; i++) std::memcpy(bytes + kChecksummedFrom + 8 * i, &words[i], sizeof words[i]);
  chain = {crc, position, record.time};
  return size;
}

// True when size and body size agree with each other and with the limits.
inline bool is_plausible(const Record& record) noexcept {
  return record.body_size <= kBodySizeMax && record.body_size > 0 && record.size == record_size(record.body_size);
}

// True when the padding behind the body is zero: the checksum does not cover it.
inline bool is_padding_zero(const std::uint8_t* bytes, const Record& record) noexcept {
  for (std::uint32_t i = kRecordHeaderSize + record.body_size; i < record.size; i++) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

}  // namespace tcx::journal
