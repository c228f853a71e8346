// Builds and judges the header page. Every bit of it is checked by something: the identity by created_crc, the rest of
// the page by being zero, the synced fields by the reader's walk (reader.cc).
#include "journal/file_header.h"

#include <algorithm>

#include "schema_hash.h"

namespace tcx::journal {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

int value_of_hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

std::string hex_of(const SchemaHash& hash) {
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

bool hash_of_hex(const std::string& hex, SchemaHash* hash) noexcept {
  if (hex.size() != 2 * hash->size()) return false;
  for (std::size_t i = 0; i < hash->size(); i++) {
    const int high = value_of_hex_digit(hex[2 * i]);
    const int low = value_of_hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*hash)[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

const SchemaHash& build_schema_hash() noexcept {
  static const SchemaHash hash = [] {
    SchemaHash value{};
    hash_of_hex(kBuildSchemaHash, &value);
    return value;
  }();
  return hash;
}

HeaderPage make_header_page(const Identity& identity, std::uint32_t extent_size) noexcept {
  std::array<std::uint8_t, kSessionIdMax> session_id{};
  std::copy_n(identity.session_id.begin(), std::min(identity.session_id.size(), kSessionIdMax), session_id.begin());
  const auto build = [&](std::uint32_t created_crc) {
    return FileHeader(kMagic, kFormatVersion, kFileHeaderSize, flatbuffers::span<const std::uint8_t, 32>(
                      identity.schema_hash), flatbuffers::span<const std::uint8_t, kSessionIdMax>(session_id),
                      identity.session_ordinal, extent_size, identity.epoch, created_crc, 0, kFileHeaderSize, 0);
  };
  const FileHeader unsealed = build(0);
  const FileHeader header = build(crc32c(&unsealed, kCreatedCrcAt));
  HeaderPage page{};
  std::memcpy(page.data(), &header, sizeof header);
  return page;
}

FileHeader header_of(const HeaderPage& page) noexcept {
  FileHeader header;
  std::memcpy(reinterpret_cast<std::uint8_t*>(&header), page.data(), sizeof header);
  return header;
}

std::string session_id_of(const FileHeader& header) {
  const auto* bytes = reinterpret_cast<const char*>(header.session_id()->data());
  return {bytes, strnlen(bytes, kSessionIdMax)};
}

Status check_header_page(const HeaderPage& page, std::string* detail) {
  const FileHeader header = header_of(page);
  if (header.magic() != kMagic) {
    *detail = "the file does not begin with TCXJRNL1";
    return Status::Foreign;
  }
  if (header.format_version() != kFormatVersion) {
    *detail = "found format version " + std::to_string(header.format_version()) + ", this build reads " +
              std::to_string(kFormatVersion);
    return Status::FormatVersion;
  }
  if (header.created_crc() != crc32c(page.data(), kCreatedCrcAt)) {
    *detail = "the header's checksum does not match its bytes";
    return Status::Corrupt;
  }
  const bool zero = std::all_of(page.begin() + sizeof header, page.end(), [](std::uint8_t byte) { return byte == 0; });
  if (!zero || header.reserved() != 0 || header.header_size() != kFileHeaderSize) {
    *detail = "reserved bytes of the header are not zero";
    return Status::Corrupt;
  }
  if (header.synced_offset() < kFileHeaderSize || header.synced_offset() % 8 != 0) {
    *detail = "synced_offset is " + std::to_string(header.synced_offset()) + ", which is no record boundary";
    return Status::Corrupt;
  }
  return Status::Ok;
}

}  // namespace tcx::journal
