// The book's rules one by one: what an update does, what is refused, what is reported, what the view shows.
#include "book/books.h"

#include <gtest/gtest.h>

#include <memory>

#include "book_reference.h"

namespace tcx::book {
namespace {

using event::Level;
using test::Update;
using view::BookResult;
using view::BookView;
using view::Status;

constexpr std::int64_t kSafeMax = (std::int64_t{1} << 53) - 1;

int bits(BookResult a) { return static_cast<int>(a); }
template <typename... More>
int bits(BookResult a, More... more) {
  return static_cast<int>(a) | bits(more...);
}

class BookTest : public ::testing::Test {
 protected:
  BookTest() { EXPECT_EQ(books_->define(1, 0, 8), Status::Ok); }

  int apply(const Update& update) {
    encoder_.encode(update);
    const int result = books_->apply();
    if (books_->is_defined(1)) books_->verify(1);
    return result;
  }
  int snapshot(std::vector<Level> bids, std::vector<Level> asks, std::uint64_t sequence = 0) {
    return apply({true, 1, 0, sequence, std::move(bids), std::move(asks)});
  }
  int delta(std::vector<Level> bids, std::vector<Level> asks, std::uint64_t previous = 0, std::uint64_t sequence = 0) {
    return apply({false, 1, previous, sequence, std::move(bids), std::move(asks)});
  }
  double field(BookView name) const { return books_->view()[kViewStride + static_cast<std::uint32_t>(name)]; }
  std::vector<double> top(Side side, std::uint32_t count) {
    const std::uint32_t found = books_->load(1, side, count);
    return {books_->levels(), books_->levels() + 2 * found};
  }

  std::unique_ptr<EventMemory> memory_ = std::make_unique<EventMemory>();
  std::unique_ptr<Books> books_ = std::make_unique<Books>(*memory_, 2);
  test::UpdateEncoder encoder_{*memory_};
};

TEST_F(BookTest, SnapshotReplacesTheWholeBookAndShowsItsTop) {
  const int result = snapshot({{100, 5}, {99, 6}}, {{101, 7}, {103, 8}, {104, 9}}, 42);
  EXPECT_EQ(result, bits(BookResult::TopPriceChanged, BookResult::TopQuantityChanged));
  EXPECT_EQ(field(BookView::BidPrice), 100);
  EXPECT_EQ(field(BookView::BidQuantity), 5);
  EXPECT_EQ(field(BookView::AskPrice), 101);
  EXPECT_EQ(field(BookView::AskQuantity), 7);
  EXPECT_EQ(field(BookView::BidLevels), 2);
  EXPECT_EQ(field(BookView::AskLevels), 3);
  EXPECT_EQ(field(BookView::Updates), 1);
  EXPECT_EQ(field(BookView::TopChanges), 1);
  EXPECT_EQ(books_->sequence(1), 42U);
  snapshot({{50, 1}}, {{51, 2}});
  EXPECT_EQ(top(Side::Buy, 8), (std::vector<double>{50, 1}));
  EXPECT_EQ(top(Side::Sell, 8), (std::vector<double>{51, 2}));
}

TEST_F(BookTest, UnsortedSnapshotWithRepeatsAndZeroesIsTakenLevelByLevel) {
  snapshot({{98, 1}, {100, 5}, {99, 6}, {100, 4}, {97, 3}, {97, 0}}, {{105, 0}});
  EXPECT_EQ(top(Side::Buy, 8), (std::vector<double>{100, 4, 99, 6, 98, 1}));
  EXPECT_EQ(field(BookView::AskLevels), 0);
}

TEST_F(BookTest, DeltaSetsAddsAndRemovesLevels) {
  snapshot({{100, 5}, {99, 6}}, {{101, 7}, {103, 8}});
  delta({{99, 0}, {98, 2}, {100, 9}}, {{102, 4}});
  EXPECT_EQ(top(Side::Buy, 8), (std::vector<double>{100, 9, 98, 2}));
  EXPECT_EQ(top(Side::Sell, 8), (std::vector<double>{101, 7, 102, 4, 103, 8}));
}

TEST_F(BookTest, LaterOfARepeatedPriceWins) {
  snapshot({{100, 5}}, {{101, 7}});
  delta({{99, 1}, {99, 2}, {98, 3}, {98, 0}}, {{102, 0}, {102, 6}});
  EXPECT_EQ(top(Side::Buy, 8), (std::vector<double>{100, 5, 99, 2}));
  EXPECT_EQ(top(Side::Sell, 8), (std::vector<double>{101, 7, 102, 6}));
}

TEST_F(BookTest, RemovingALevelThatIsNotThereChangesNothing) {
  snapshot({{100, 5}}, {{101, 7}});
  const std::uint64_t before = books_->digest(1);
  EXPECT_EQ(delta({{77, 0}}, {{177, 0}}), 0);
  EXPECT_EQ(books_->digest(1), before);
  EXPECT_EQ(field(BookView::Updates), 2);
  EXPECT_EQ(field(BookView::TopChanges), 1);
}

TEST_F(BookTest, TopBitsTellPriceFromQuantity) {
  snapshot({{100, 5}, {99, 6}}, {{101, 7}, {102, 7}});
  EXPECT_EQ(delta({{100, 4}}, {}), bits(BookResult::TopQuantityChanged));
  EXPECT_EQ(delta({}, {{101, 0}}), bits(BookResult::TopPriceChanged)) << "price moved to a level of equal quantity";
  EXPECT_EQ(delta({{98, 1}}, {{110, 1}}), 0) << "below the top";
  EXPECT_EQ(delta({{100, 0}}, {}), bits(BookResult::TopPriceChanged, BookResult::TopQuantityChanged));
  EXPECT_EQ(field(BookView::TopChanges), 4);
}

TEST_F(BookTest, EmptySideHasPriceAndQuantityZeroAndIsReported) {
  snapshot({{100, 5}}, {{101, 7}});
  const int result = delta({{100, 0}}, {});
  EXPECT_EQ(result, bits(BookResult::TopPriceChanged, BookResult::TopQuantityChanged, BookResult::Empty));
  EXPECT_EQ(field(BookView::BidPrice), 0);
  EXPECT_EQ(field(BookView::BidQuantity), 0);
  EXPECT_EQ(field(BookView::BidLevels), 0);
  EXPECT_EQ(snapshot({}, {}), bits(BookResult::TopPriceChanged, BookResult::TopQuantityChanged, BookResult::Empty));
  EXPECT_EQ(top(Side::Sell, 8), std::vector<double>{});
}

TEST_F(BookTest, CrossedAndLockedBooksAreAppliedAndReported) {
  snapshot({{100, 5}}, {{101, 7}});
  EXPECT_TRUE(delta({{102, 1}}, {}) & bits(BookResult::Crossed));
  EXPECT_EQ(field(BookView::BidPrice), 102);
  EXPECT_TRUE(delta({{102, 0}, {101, 1}}, {}) & bits(BookResult::Crossed)) << "locked counts as crossed";
  EXPECT_FALSE(delta({{101, 0}}, {}) & bits(BookResult::Crossed));
}

TEST_F(BookTest, ChainedDeltaMustNameTheSequenceBefore) {
  snapshot({{100, 5}}, {{101, 7}}, 10);
  EXPECT_EQ(delta({{99, 1}}, {}, 10, 13), 0);
  EXPECT_EQ(delta({{99, 2}}, {}, 14, 15), bits(BookResult::OutOfSequence));
  EXPECT_EQ(books_->quantity_at(1, Side::Buy, 99), 2) << "applied all the same: the caller invalidates the feed";
  EXPECT_EQ(books_->sequence(1), 15U);
  EXPECT_EQ(delta({{99, 3}}, {}, 15, 16), 0);
  EXPECT_EQ(delta({{99, 3}}, {}, 16, 2), 0) << "a Venue that restarts its numbers keeps the chain";
}

TEST_F(BookTest, UnchainedNumberedDeltaMustBeNewer) {
  snapshot({{100, 5}}, {{101, 7}}, 10);
  EXPECT_EQ(delta({{99, 1}}, {}, 0, 12), 0);
  EXPECT_EQ(delta({{99, 1}}, {}, 0, 12), bits(BookResult::OutOfSequence));
  EXPECT_EQ(delta({{99, 1}}, {}, 0, 11), bits(BookResult::OutOfSequence));
  EXPECT_EQ(delta({{99, 1}}, {}), 0) << "an unnumbered delta is not judged";
}

TEST_F(BookTest, NumberedDeltaBeforeAnySnapshotIsOutOfSequence) {
  EXPECT_TRUE(delta({{99, 1}}, {{101, 1}}, 4, 5) & bits(BookResult::OutOfSequence));
  snapshot({{100, 5}}, {{101, 7}});
  EXPECT_EQ(delta({{99, 1}}, {}, 8, 9), 0) << "after a snapshot without a number the first delta begins the chain";
  EXPECT_EQ(delta({{99, 2}}, {}, 8, 9), bits(BookResult::OutOfSequence));
  books_->clear(1);
  EXPECT_TRUE(delta({{99, 1}}, {{101, 1}}, 9, 10) & bits(BookResult::OutOfSequence));
}

TEST_F(BookTest, BadLevelsAreRefusedWholeAndChangeNothing) {
  snapshot({{100, 5}}, {{101, 7}}, 3);
  const std::uint64_t before = books_->digest(1);
  const std::vector<Level> bad = {{0, 1},           {-1, 1},        {5, -1},       {kSafeMax + 1, 1},
                                  {5, kSafeMax + 1}, {INT64_MIN, 0}, {INT64_MAX, 0}};
  for (const Level& level : bad) {
    EXPECT_EQ(delta({{99, 1}, level, {98, 1}}, {}, 3, 4), static_cast<int>(Status::BadValue));
    EXPECT_EQ(delta({{99, 1}}, {level}, 3, 4), static_cast<int>(Status::BadValue));
    EXPECT_EQ(snapshot({{99, 1}}, {{150, 1}, level}, 4), static_cast<int>(Status::BadValue));
  }
  EXPECT_EQ(books_->digest(1), before);
  EXPECT_EQ(field(BookView::Updates), 1);
  EXPECT_EQ(delta({{kSafeMax, kSafeMax}}, {{1, kSafeMax}}, 3, 4) & bits(BookResult::OutOfSequence), 0);
  EXPECT_EQ(books_->quantity_at(1, Side::Buy, kSafeMax), kSafeMax) << "the largest safe integer is exact";
}

TEST_F(BookTest, OverflowIsRefusedWholeAndChangesNothing) {
  snapshot({{100, 1}, {99, 1}, {98, 1}, {97, 1}, {96, 1}, {95, 1}, {94, 1}}, {{101, 7}}, 3);
  EXPECT_EQ(delta({{93, 1}}, {}, 3, 4), 0) << "eight levels fit";
  const std::uint64_t before = books_->digest(1);
  EXPECT_EQ(delta({{92, 1}}, {{102, 1}}, 4, 5), static_cast<int>(Status::TooLarge));
  EXPECT_EQ(books_->digest(1), before);
  EXPECT_EQ(books_->quantity_at(1, Side::Sell, 102), 0);
  EXPECT_EQ(delta({{92, 1}, {99, 0}}, {}, 4, 5), 0) << "what counts is the book after the update";
  EXPECT_EQ(delta({{92, 2}, {98, 3}}, {}, 5, 6), 0) << "changes need no room";
  const std::vector<Level> nine(9, Level(90, 1));
  EXPECT_EQ(delta({}, nine), static_cast<int>(Status::TooLarge)) << "an update longer than the book";
  EXPECT_EQ(snapshot({}, nine), static_cast<int>(Status::TooLarge));
}

TEST_F(BookTest, OtherKindsUnknownInstrumentsAndNoEventAreRefused) {
  EXPECT_EQ(apply({true, 0, 0, 0, {}, {}}), static_cast<int>(Status::NotFound)) << "not defined";
  EXPECT_EQ(apply({false, 2, 0, 0, {}, {}}), static_cast<int>(Status::NotFound)) << "beyond the last";
  encoder_.encode_trade();
  EXPECT_EQ(books_->apply(), static_cast<int>(Status::KindNotAllowed));
  memory_->body = nullptr;
  EXPECT_EQ(books_->apply(), static_cast<int>(Status::KindNotAllowed));
}

TEST_F(BookTest, DefinitionIsChecked) {
  EXPECT_EQ(books_->define(1, 0, 8), Status::Exists);
  EXPECT_EQ(books_->define(2, 0, 8), Status::BadValue);
  EXPECT_EQ(books_->define(0, 0, 0), Status::BadValue);
  EXPECT_EQ(books_->define(0, 11, 10), Status::BadValue);
  EXPECT_EQ(books_->define(0, 0, kLevelsMax + 1), Status::BadValue);
  EXPECT_EQ(books_->define(0, 10, 10), Status::Ok);
}

TEST_F(BookTest, WindowCutsTheDeepLevelsAfterEachUpdate) {
  ASSERT_EQ(books_->define(0, 2, 4), Status::Ok);
  encoder_.encode({true, 0, 0, 0, {{100, 1}, {99, 1}, {98, 1}}, {{101, 1}}});
  books_->apply();
  EXPECT_EQ(books_->side(0, Side::Buy).level_count(), 2U);
  EXPECT_EQ(books_->quantity_at(0, Side::Buy, 98), 0);
  // Two come in above, one of the old goes: the window is cut once, at the end.
  encoder_.encode({false, 0, 0, 0, {{103, 1}, {102, 1}, {103, 0}}, {}});
  books_->apply();
  EXPECT_EQ(books_->quantity_at(0, Side::Buy, 102), 1);
  EXPECT_EQ(books_->quantity_at(0, Side::Buy, 100), 1);
  EXPECT_EQ(books_->side(0, Side::Buy).level_count(), 2U);
  books_->verify(0);
}

TEST_F(BookTest, ClearForgetsLevelsSequenceAndTop) {
  snapshot({{100, 5}}, {{101, 7}}, 10);
  books_->clear(1);
  books_->verify(1);
  EXPECT_EQ(books_->sequence(1), 0U);
  EXPECT_EQ(field(BookView::BidPrice), 0);
  EXPECT_EQ(field(BookView::AskLevels), 0);
  EXPECT_EQ(field(BookView::TopChanges), 2);
  EXPECT_EQ(books_->quantity_at(1, Side::Sell, 101), 0);
  books_->clear(1);
  EXPECT_EQ(field(BookView::TopChanges), 2) << "nothing changed";
}

TEST_F(BookTest, DigestIsAFunctionOfContentAndSequenceOnly) {
  snapshot({{100, 5}, {99, 6}}, {{101, 7}}, 9);
  const std::uint64_t direct = books_->digest(1);
  snapshot({{98, 1}}, {{101, 7}}, 1);
  delta({{99, 6}, {100, 5}, {98, 0}, {42, 3}}, {}, 1, 8);
  delta({{42, 0}}, {}, 8, 9);
  EXPECT_EQ(books_->digest(1), direct);
  snapshot({{100, 5}, {99, 6}}, {{101, 7}}, 10);
  EXPECT_NE(books_->digest(1), direct) << "another sequence";
  snapshot({{101, 7}}, {{100, 5}, {99, 6}}, 9);
  EXPECT_NE(books_->digest(1), direct) << "sides exchanged";
  snapshot({{100, 6}, {99, 5}}, {{101, 7}}, 9);
  EXPECT_NE(books_->digest(1), direct) << "quantities exchanged";
}

TEST_F(BookTest, DigestIsStableOverReleases) {
  EXPECT_EQ(books_->digest(1), 0U) << "mix(0 + mix(0)) is 0: an empty, unnumbered book";
  snapshot({{100, 5}, {99, 6}}, {{101, 7}}, 9);
  EXPECT_EQ(books_->digest(1), 0xb9b38be1c7e3b67eU);
}

TEST_F(BookTest, LoadStopsAtTheLevelsThereAre) {
  snapshot({{100, 5}, {99, 6}, {98, 7}}, {});
  EXPECT_EQ(top(Side::Buy, 2), (std::vector<double>{100, 5, 99, 6}));
  EXPECT_EQ(top(Side::Buy, 0), std::vector<double>{});
  EXPECT_EQ(books_->load(1, Side::Buy, UINT32_MAX), 3U);
}

}  // namespace
}  // namespace tcx::book
