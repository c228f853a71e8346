// CRC32C against its published check values, and the hardware form against the table.
#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace tcx {
namespace {

TEST(Crc32c, GivesTheCheckValuesOfRfc3720) {
  EXPECT_EQ(crc32c("123456789", 9), 0xE3069283u);
  const std::vector<std::uint8_t> zeros(32, 0);
  const std::vector<std::uint8_t> ones(32, 0xFF);
  EXPECT_EQ(crc32c(zeros.data(), zeros.size()), 0x8A9136AAu);
  EXPECT_EQ(crc32c(ones.data(), ones.size()), 0x62A8AB43u);
}

TEST(Crc32c, HardwareAndTableAgreeAtEverySizeAndAlignment) {
  std::mt19937 random(7);
  std::vector<std::uint8_t> bytes(8192);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  for (std::size_t size = 0; size < 4000; size += size < 100 ? 1 : 37) {
    const std::size_t at = random() % 8;
    const auto state = static_cast<std::uint32_t>(random());
    ASSERT_EQ(crc32c_extend(state, bytes.data() + at, size), crc32c_extend_portable(state, bytes.data() + at, size))
        << "size " << size;
  }
}

TEST(Crc32c, PiecesChainToTheWhole) {
  const std::vector<std::uint8_t> bytes(5000, 0x5A);
  for (const std::size_t cut : {0u, 1u, 7u, 8u, 1536u, 4999u, 5000u}) {
    const std::uint32_t first = crc32c_extend(kCrcStart, bytes.data(), cut);
    EXPECT_EQ(crc32c_finish(crc32c_extend(first, bytes.data() + cut, bytes.size() - cut)),
              crc32c(bytes.data(), bytes.size()));
  }
}

}  // namespace
}  // namespace tcx
