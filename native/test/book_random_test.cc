// The book against the naive reference on random streams: dense and sparse prices, sorted and unsorted updates,
// windows, snapshots, crossed books, repeated prices, overflow. Every level is compared after every Event.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "book/books.h"
#include "book_reference.h"

namespace tcx::book {
namespace {

using event::Level;
using test::ReferenceBook;
using test::Update;
using view::Status;

struct Shape {
  const char* name;
  std::int64_t price_range;
  std::uint32_t levels_max;
  std::uint32_t depth;
  std::uint32_t update_levels_max;
  int remove_percent;
};

void PrintTo(const Shape& shape, std::ostream* stream) { *stream << shape.name; }

class RandomStream {
 public:
  RandomStream(const Shape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

  Update next() {
    Update update;
    update.snapshot = below(200) == 0;
    const std::uint32_t most = update.snapshot ? shape_.levels_max : shape_.update_levels_max;
    update.bids = levels(most, 0);
    update.asks = levels(most, shape_.price_range / 2);
    if (below(2) == 0) sort(update);
    update.previous = sequence_;
    update.sequence = ++sequence_;
    return update;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::vector<Level> levels(std::uint32_t most, std::int64_t offset) {
    std::vector<Level> levels(below(std::min<std::uint64_t>(most, shape_.levels_max) + 1));
    for (Level& level : levels) {
      // Squared: crowded at one end, as a book is at its top. The sides overlap, so some books are crossed.
      const std::uint64_t range = static_cast<std::uint64_t>(shape_.price_range);
      const auto near = static_cast<std::int64_t>(below(range) * below(range) / range);
      const bool remove = below(100) < static_cast<std::uint64_t>(shape_.remove_percent);
      const auto quantity = remove ? 0 : static_cast<std::int64_t>(1 + below(9));
      level = Level(offset == 0 ? shape_.price_range - near : offset + near + 1, quantity);
    }
    return levels;
  }

  void sort(Update& update) {
    const bool down = below(2) == 0;
    const auto order = [down](const Level& a, const Level& b) {
      return down ? a.price() > b.price() : a.price() < b.price();
    };
    std::stable_sort(update.bids.begin(), update.bids.end(), order);
    std::stable_sort(update.asks.begin(), update.asks.end(), order);
  }

  Shape shape_;
  std::mt19937_64 random_;
  std::uint64_t sequence_ = 0;
};

// Applies an update to the reference; false when it must be refused.
bool apply_to_reference(const Shape& shape, const Update& update, ReferenceBook& reference) {
  ReferenceBook next = update.snapshot ? ReferenceBook{} : reference;
  ReferenceBook::edit(next.bids, update.bids);
  ReferenceBook::edit(next.asks, update.asks);
  next.cut(shape.depth);
  if (next.bids.size() > shape.levels_max || next.asks.size() > shape.levels_max) return false;
  next.sequence = update.sequence;
  reference = std::move(next);
  return true;
}

template <typename Iterator>
void expect_side(Books& books, Side side, Iterator begin, Iterator end) {
  const std::uint32_t count = books.load(0, side, kLevelsMax);
  std::uint32_t index = 0;
  for (Iterator at = begin; at != end; ++at, ++index) {
    ASSERT_LT(index, count);
    ASSERT_EQ(books.levels()[2 * index], static_cast<double>(at->first));
    ASSERT_EQ(books.levels()[2 * index + 1], static_cast<double>(at->second));
    ASSERT_EQ(books.quantity_at(0, side, at->first), at->second);
  }
  ASSERT_EQ(index, count);
}

class BookRandomTest : public ::testing::TestWithParam<Shape> {};

TEST_P(BookRandomTest, EqualsTheNaiveBookAfterEveryEvent) {
  const Shape shape = GetParam();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << shape.name << " seed " << seed);
    const auto memory = std::make_unique<EventMemory>();
    Books books(*memory, 1);
    ASSERT_EQ(books.define(0, shape.depth, shape.levels_max), Status::Ok);
    test::UpdateEncoder encoder(*memory);
    RandomStream stream(shape, seed);
    ReferenceBook reference;
    for (int step = 0; step < 250; ++step) {
      const Update update = stream.next();
      encoder.encode(update);
      const int result = books.apply();
      const bool fits = apply_to_reference(shape, update, reference);
      ASSERT_EQ(result >= 0, fits) << "step " << step << " result " << result;
      books.verify(0);
      expect_side(books, Side::Buy, reference.bids.rbegin(), reference.bids.rend());
      expect_side(books, Side::Sell, reference.asks.begin(), reference.asks.end());
      if (HasFatalFailure()) FAIL() << "step " << step;
      const bool crossed = !reference.bids.empty() && !reference.asks.empty() &&
                           reference.bids.rbegin()->first >= reference.asks.begin()->first;
      ASSERT_EQ(result >= 0 && (result & static_cast<int>(view::BookResult::Crossed)) != 0, fits && crossed);
    }
    // The same content in one snapshot has the same digest.
    Update whole{true, 0, 0, reference.sequence, {}, {}};
    for (auto at = reference.bids.rbegin(); at != reference.bids.rend(); ++at) {
      whole.bids.emplace_back(at->first, at->second);
    }
    for (const auto& [price, quantity] : reference.asks) whole.asks.emplace_back(price, quantity);
    const std::uint64_t digest = books.digest(0);
    encoder.encode(whole);
    ASSERT_GE(books.apply(), 0);
    EXPECT_EQ(books.digest(0), digest);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, BookRandomTest,
    ::testing::Values(Shape{"tiny", 12, 4, 0, 6, 50}, Shape{"dense", 300, 256, 0, 12, 40},
                      Shape{"sparse", 100000, 700, 0, 8, 30}, Shape{"deep", 4000, 2000, 0, 150, 45},
                      Shape{"drained", 2000, 1000, 0, 200, 80}, Shape{"window10", 60, 24, 10, 6, 35},
                      Shape{"window100", 2000, 100, 100, 40, 45}, Shape{"full", 400, 64, 0, 10, 20}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tcx::book
