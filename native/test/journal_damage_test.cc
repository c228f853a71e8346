// Damage to a journal: every flipped bit, swap, loss, repetition and cut is found, named, and told apart from the torn
// tail that a killed process or a power loss leaves.
#include <fcntl.h>
#include <sys/stat.h>

#include "test/journal_fixture.h"

namespace tcx::journal {
namespace {

class JournalDamageTest : public JournalTest {};

void flip(const std::string& path, std::size_t offset, int bit) {
  const File file(open(path.c_str(), O_RDWR));
  std::uint8_t byte = 0;
  std::size_t count = 0;
  ASSERT_EQ(read_at(file.descriptor(), offset, &byte, 1, &count), 0);
  byte = static_cast<std::uint8_t>(byte ^ (1 << bit));
  ASSERT_EQ(write_at(file.descriptor(), offset, &byte, 1), 0);
}

// E3: a changed, swapped, lost or repeated record is found, and its place is named.
TEST_F(JournalDamageTest, EveryFlippedBitOfAClosedJournalIsFound) {
  const Bytes journal = closed_journal(2);
  for (std::size_t offset = 0; offset < journal.size(); offset++) {
    // One bit of each byte of the header's zeros: they are all checked in one sweep.
    const bool zeros = offset >= sizeof(FileHeader) && offset < kFileHeaderSize;
    for (int bit = zeros ? static_cast<int>(offset % 8) : 0; bit < 8; bit += zeros ? 8 : 1) {
      flip(path_, offset, bit);
      ASSERT_NE(verify(), Status::End) << "offset " << offset << " bit " << bit;
      flip(path_, offset, bit);
    }
  }
  EXPECT_EQ(verify(), Status::End) << detail_;
}

TEST_F(JournalDamageTest, EveryFlippedBitBeforeTheLastRecordOfAKilledJournalIsDamageNotATornTail) {
  const Bytes journal = killed_journal(2);
  const std::vector<std::size_t> offsets = record_offsets(journal);
  for (std::size_t i = 0; i + 1 < offsets.size(); i++) {
    for (std::size_t offset = offsets[i]; offset < offsets[i + 1]; offset++) {
      for (int bit = 0; bit < 8; bit++) {
        flip(path_, offset, bit);
        const Status status = verify();
        ASSERT_TRUE(status == Status::Corrupt || status == Status::OutOfOrder)
            << "offset " << offset << " bit " << bit << ": " << describe(status);
        ASSERT_EQ(fault_.position, i + 1);
        ASSERT_EQ(fault_.offset, offsets[i]);
        flip(path_, offset, bit);
      }
    }
  }
}

TEST_F(JournalDamageTest, EveryFlippedBitOfTheLastRecordOfAKilledJournalEndsTheJournalBeforeIt) {
  const Bytes journal = killed_journal(2);
  const std::size_t last = record_offsets(journal).back();
  for (std::size_t offset = last; offset < end_; offset++) {
    for (int bit = 0; bit < 8; bit++) {
      flip(path_, offset, bit);
      std::uint64_t good = 0;
      const Status status = verify(&good);
      ASSERT_EQ(good, 7u) << "offset " << offset << " bit " << bit;
      ASSERT_TRUE(status == Status::Torn || status == Status::OutOfOrder) << describe(status);
      flip(path_, offset, bit);
    }
  }
}

TEST_F(JournalDamageTest, SwappedLostAndRepeatedRecordsAreOutOfOrder) {
  for (const bool closed : {true, false}) {
    const Bytes journal = closed ? closed_journal(3) : killed_journal(3);
    const std::vector<std::size_t> at = record_offsets(journal);
    const auto record = [&](std::size_t i) {
      return Bytes(journal.begin() + static_cast<long>(at[i]),
                   journal.begin() + static_cast<long>(at[i] + load_record(&journal[at[i]]).size));
    };
    const auto rebuilt = [&](const std::vector<std::size_t>& order) {
      Bytes bytes(journal.begin(), journal.begin() + kFileHeaderSize);
      for (const std::size_t i : order) {
        const Bytes piece = record(i);
        bytes.insert(bytes.end(), piece.begin(), piece.end());
      }
      bytes.resize(std::max(bytes.size(), journal.size()), 0);
      return bytes;
    };
    std::vector<std::size_t> order(at.size());
    for (std::size_t i = 0; i < order.size(); i++) order[i] = i;
    for (std::size_t i = 0; i < order.size(); i++) {
      if (i + 1 < order.size()) {
        std::vector<std::size_t> swapped = order;
        std::swap(swapped[i], swapped[i + 1]);
        write_file(path_, rebuilt(swapped));
        EXPECT_EQ(verify(), Status::OutOfOrder) << "swapped " << i;
        EXPECT_EQ(fault_.position, i + 1);
        std::vector<std::size_t> lost = order;
        lost.erase(lost.begin() + static_cast<long>(i));
        write_file(path_, rebuilt(lost));
        EXPECT_EQ(verify(), Status::OutOfOrder) << "lost " << i;
        EXPECT_EQ(fault_.position, i + 1);
      }
      std::vector<std::size_t> repeated = order;
      repeated.insert(repeated.begin() + static_cast<long>(i), i);
      write_file(path_, rebuilt(repeated));
      EXPECT_EQ(verify(), Status::OutOfOrder) << "repeated " << i;
      EXPECT_EQ(fault_.position, i + 2);
    }
    std::filesystem::remove(path_);
    time_ = 0;
  }
}

TEST_F(JournalDamageTest, AClosedJournalCutAtAnyByteIsTruncated) {
  const Bytes journal = closed_journal(2);
  for (std::size_t size = journal.size() - 1; size > 0; size--) {
    std::filesystem::resize_file(path_, size);
    const Status expected = size < 8 ? Status::Foreign : Status::Truncated;
    // The first eight bytes say what the file is; less is foreign.
    ASSERT_EQ(verify(), expected) << size;
  }
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(verify(), Status::Empty);
}

TEST_F(JournalDamageTest, AKilledJournalCutAtAnyByteKeepsItsWholeRecords) {
  const Bytes journal = killed_journal(2);
  const std::vector<std::size_t> offsets = record_offsets(journal);
  for (std::size_t size = end_; size >= kFileHeaderSize; size--) {
    std::filesystem::resize_file(path_, size);
    std::uint64_t good = 0;
    const Status status = verify(&good);
    std::size_t whole = 0;
    while (whole < offsets.size() && offsets[whole] + load_record(&journal[offsets[whole]]).size <= size) whole++;
    const bool boundary = size == end_ || std::find(offsets.begin(), offsets.end(), size) != offsets.end();
    ASSERT_EQ(good, whole) << size << describe(status) << detail_;
    ASSERT_EQ(status, boundary ? Status::End : Status::Torn) << size << detail_;
  }
}

TEST_F(JournalDamageTest, AFlawBehindWhichRecordsFollowIsATornTailWhenTheMachineRestarted) {
  const Bytes journal = killed_journal(2);
  flip(path_, record_offsets(journal)[3] + 50, 2);
  EXPECT_EQ(verify(), Status::Corrupt);
  // Written before this boot: pages reached the disk in any order.
  const timespec long_ago[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), long_ago, 0), 0);
  std::uint64_t good = 0;
  EXPECT_EQ(verify(&good), Status::Torn);
  EXPECT_EQ(good, 3u);
}

TEST_F(JournalDamageTest, FilesThatAreNoJournalOfThisBuildSayWhatTheyAre) {
  EXPECT_EQ(verify(), Status::NotFound);
  write_file(path_, {});
  EXPECT_EQ(verify(), Status::Empty);
  write_file(path_, Bytes(10000, 'x'));
  EXPECT_EQ(verify(), Status::Foreign);
  std::filesystem::remove(path_);
  const Bytes journal = closed_journal(1);
  Bytes other = journal;
  other[8] = 2;
  write_file(path_, other);
  EXPECT_EQ(verify(), Status::FormatVersion);
  EXPECT_NE(detail_.find("found format version 2"), std::string::npos) << detail_;
  std::filesystem::remove(path_);
  Identity identity;
  identity.session_id = "other-schema";
  ASSERT_EQ(Writer::create(*event_, options(), identity, &writer_, &detail_), Status::Ok);
  writer_->close();
  EXPECT_EQ(verify(), Status::SchemaHash);
  std::unique_ptr<Reader> reader;
  EXPECT_EQ(Reader::open(*event_, path_, Schema::Any, &reader, &detail_), Status::Ok);
  EXPECT_EQ(Reader::open(*event_, folder_, Schema::Any, &reader, &detail_), Status::Foreign);
}

}  // namespace
}  // namespace tcx::journal
