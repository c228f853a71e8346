// Instruments by the name a Venue gives them. Built once; a look-up compares bytes and allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tcx::venue {

class SymbolTable {
 public:
  // At most kSymbolCountMax names. Of equal names the first counts.
  explicit SymbolTable(const std::vector<std::string>& symbols);

  // Index of the name, -1 when it is not one of them. Remembers the last: most feeds say the same name again and again.
  std::int32_t find(const std::uint8_t* name, std::size_t size) noexcept;

 private:
  bool is(std::int32_t index, const std::uint8_t* name, std::size_t size) const noexcept;

  std::vector<std::string> symbols_;
  // Open addressing; a power of two, at most half full. -1: free.
  std::vector<std::int32_t> slots_;
  std::int32_t last_ = -1;
};

}  // namespace tcx::venue
