// A hash table of names that never changes after construction.
#include "venue/symbol_table.h"

#include <bit>
#include <cstring>

namespace tcx::venue {
namespace {

// FNV-1a: names are a few bytes long.
std::size_t hash_of(const std::uint8_t* name, std::size_t size) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (std::size_t i = 0; i < size; i++) hash = (hash ^ name[i]) * 0x100000001B3u;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

const std::uint8_t* bytes_of(const std::string& text) noexcept {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

SymbolTable::SymbolTable(const std::vector<std::string>& symbols)
    : symbols_(symbols), slots_(std::bit_ceil(2 * symbols.size() + 2), -1) {
  for (std::size_t index = 0; index < symbols_.size(); index++) {
    std::size_t at = hash_of(bytes_of(symbols_[index]), symbols_[index].size()) & (slots_.size() - 1);
    while (slots_[at] >= 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::int32_t>(index);
  }
}

std::int32_t SymbolTable::find(const std::uint8_t* name, std::size_t size) noexcept {
  if (last_ >= 0 && is(last_, name, size)) return last_;
  std::size_t at = hash_of(name, size) & (slots_.size() - 1);
  for (; slots_[at] >= 0; at = (at + 1) & (slots_.size() - 1)) {
    if (!is(slots_[at], name, size)) continue;
    last_ = slots_[at];
    return last_;
  }
  return -1;
}

bool SymbolTable::is(std::int32_t index, const std::uint8_t* name, std::size_t size) const noexcept {
  const std::string& symbol = symbols_[static_cast<std::size_t>(index)];
  return symbol.size() == size && std::memcmp(symbol.data(), name, size) == 0;
}

}  // namespace tcx::venue
