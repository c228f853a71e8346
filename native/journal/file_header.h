// The first page of a journal: who wrote it, and how far it is known to be on disk.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/status.h"
#include "journal/format.h"

namespace tcx::journal {

inline constexpr std::size_t kSessionIdMax = 64;
using SchemaHash = std::array<std::uint8_t, 32>;
// The whole first page, as read or to be written.
using HeaderPage = std::array<std::uint8_t, kFileHeaderSize>;

// What is fixed when a journal is created.
struct Identity {
  SchemaHash schema_hash{};
  std::string session_id;  // ASCII, 1 … 64 characters
  std::uint32_t session_ordinal = 0;
  std::int64_t epoch = 0;  // Unix ns
};

// The hash over schemas/*.fbs that this build was made from.
const SchemaHash& build_schema_hash() noexcept;
std::string hex_of(const SchemaHash& hash);
bool hash_of_hex(const std::string& hex, SchemaHash* hash) noexcept;

HeaderPage make_header_page(const Identity& identity, std::uint32_t extent_size) noexcept;
FileHeader header_of(const HeaderPage& page) noexcept;
std::string session_id_of(const FileHeader& header);

// Ok, Foreign, FormatVersion or Corrupt, in that order of precedence; `detail` says what was found. The schema is not
// judged here: a reader of any schema may still read records.
Status check_header_page(const HeaderPage& page, std::string* detail);

// Offsets of the two fields that change while a journal is written.
inline constexpr std::size_t kSyncedOffsetAt = 136;
inline constexpr std::size_t kSyncedPositionAt = 144;
inline constexpr std::size_t kCreatedCrcAt = 128;
static_assert(sizeof(FileHeader) == 152);

}  // namespace tcx::journal
