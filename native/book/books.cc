// Books of many instruments: checks an update whole before it touches a level, applies it, and keeps the view true.
#include "book/books.h"

#include <cassert>
#include <new>

#include "book/digest.h"

namespace tcx::book {
namespace {

using view::BookResult;
using view::BookView;
using view::Status;

constexpr std::uint64_t kSafeMax = (std::uint64_t{1} << 53) - 1;

bool is_valid(const event::Level& level) noexcept {
  return (static_cast<std::uint64_t>(level.price()) - 1 < kSafeMax) &
         (static_cast<std::uint64_t>(level.quantity()) <= kSafeMax);
}

constexpr int bit(BookResult result) noexcept { return static_cast<int>(result); }
constexpr int negative(Status status) noexcept { return static_cast<int>(status); }
constexpr std::uint32_t slot(view::BookView field) noexcept { return static_cast<std::uint32_t>(field); }

// A book may hold up to twice its levels while one update is applied: what counts is the book after it.
constexpr std::uint32_t memory_levels(std::uint32_t levels_max) noexcept { return 2 * levels_max; }

}  // namespace

Books::Books(const EventMemory& memory, std::uint32_t instrument_count)
    : memory_(memory),
      instrument_count_(instrument_count),
      books_(std::make_unique<Book[]>(instrument_count)),
      view_(std::make_unique<double[]>(static_cast<std::size_t>(instrument_count) * kViewStride)),
      levels_(std::make_unique<double[]>(levels_size())) {
  assert(instrument_count <= kInstrumentsMax && "Invariant: the number of instruments is bounded");
}

Status Books::define(std::uint32_t instrument, std::uint32_t depth, std::uint32_t levels_max) noexcept {
  if (instrument >= instrument_count_) return Status::BadValue;
  if (levels_max == 0 || levels_max > kLevelsMax || depth > levels_max) return Status::BadValue;
  Book& book = books_[instrument];
  if (book.levels_max != 0) return Status::Exists;
  if (!backup_) backup_.reset(new (std::nothrow) event::Level[2 * kLevelsMax]);
  if (!backup_) return Status::NoSpace;
  if (!book.sides[0].define(Side::Buy, memory_levels(levels_max))) return Status::NoSpace;
  if (!book.sides[1].define(Side::Sell, memory_levels(levels_max))) return Status::NoSpace;
  book.depth = depth;
  book.levels_max = levels_max;
  return Status::Ok;
}

int Books::apply() noexcept {
  if (memory_.body == nullptr) return negative(Status::KindNotAllowed);
  assert(reinterpret_cast<std::uintptr_t>(memory_.body) % alignof(std::int64_t) == 0 &&
         "Invariant: an Event body is aligned to 8 bytes");
  const event::Event* event = event::GetEvent(memory_.body);
  if (event->body_type() == event::Body::BookDelta) return apply_delta(*event->body_as_BookDelta());
  if (event->body_type() == event::Body::BookSnapshot) return apply_snapshot(*event->body_as_BookSnapshot());
  return negative(Status::KindNotAllowed);
}

int Books::apply_snapshot(const event::BookSnapshot& snapshot) noexcept {
  if (!is_defined(snapshot.instrument())) return negative(Status::NotFound);
  Book& book = books_[snapshot.instrument()];
  const Levels bids = levels_of(snapshot.bids());
  const Levels asks = levels_of(snapshot.asks());
  const Status status = check(book, bids, asks);
  if (status != Status::Ok) return negative(status);
  replace(book.sides[0], bids);
  replace(book.sides[1], asks);
  book.sequence = snapshot.sequence();
  book.numbering = snapshot.sequence() == 0 ? Numbering::Absent : Numbering::Present;
  return finish(snapshot.instrument(), 0);
}

int Books::apply_delta(const event::BookDelta& delta) noexcept {
  if (!is_defined(delta.instrument())) return negative(Status::NotFound);
  Book& book = books_[delta.instrument()];
  const Levels bids = levels_of(delta.bids());
  const Levels asks = levels_of(delta.asks());
  const Status status = check(book, bids, asks);
  if (status != Status::Ok) return negative(status);
  const bool fits = (book.sides[0].level_count() + bids.count <= book.levels_max) &
                    (book.sides[1].level_count() + asks.count <= book.levels_max);
  if (!fits && book.depth == 0) {
    if (!edit_within(book, bids, asks)) return negative(Status::TooLarge);
  } else if (bids.count + asks.count == 1) {
    // The commonest update by far on most Venues. Its side is a coin toss, so it is an index and not a branch.
    BookSide& side = book.sides[asks.count];
    const event::Level& level = *(asks.count == 0 ? bids : asks).data;
    side.rewind();
    side.set(level.price(), level.quantity());
  } else {
    edit(book.sides[0], bids);
    edit(book.sides[1], asks);
  }
  int bits = 0;
  if (delta.sequence() != 0) {
    const bool follows = delta.previous() != 0 ? delta.previous() == book.sequence : delta.sequence() > book.sequence;
    if (book.numbering == Numbering::None || (book.numbering == Numbering::Present && !follows)) {
      bits = bit(BookResult::OutOfSequence);
    }
    if (book.numbering == Numbering::Absent) book.numbering = Numbering::Present;
    book.sequence = delta.sequence();
  }
  return finish(delta.instrument(), bits);
}

// The window, the result bits, the view.
int Books::finish(std::uint32_t instrument, int bits) noexcept {
  Book& book = books_[instrument];
  if (book.depth != 0) {
    book.sides[0].cut(book.depth);
    book.sides[1].cut(book.depth);
  }
  assert(book.sides[0].level_count() <= book.levels_max && "Invariant: bids stay within levels_max");
  assert(book.sides[1].level_count() <= book.levels_max && "Invariant: asks stay within levels_max");
  const event::Level bid = book.sides[0].best();
  const event::Level ask = book.sides[1].best();
  if (bid.quantity() == 0 || ask.quantity() == 0) {
    bits |= bit(BookResult::Empty);
  } else if (bid.price() >= ask.price()) {
    bits |= bit(BookResult::Crossed);
  }
  double* view = view_.get() + static_cast<std::size_t>(instrument) * kViewStride;
  const auto bid_price = static_cast<double>(bid.price());
  const auto ask_price = static_cast<double>(ask.price());
  const auto bid_quantity = static_cast<double>(bid.quantity());
  const auto ask_quantity = static_cast<double>(ask.quantity());
  const bool price_changed =
      (bid_price != view[slot(BookView::BidPrice)]) | (ask_price != view[slot(BookView::AskPrice)]);
  const bool quantity_changed =
      (bid_quantity != view[slot(BookView::BidQuantity)]) | (ask_quantity != view[slot(BookView::AskQuantity)]);
  bits |= price_changed ? bit(BookResult::TopPriceChanged) : 0;
  bits |= quantity_changed ? bit(BookResult::TopQuantityChanged) : 0;
  view[slot(BookView::Updates)] += 1;
  view[slot(BookView::TopChanges)] += price_changed | quantity_changed ? 1 : 0;
  view[slot(BookView::BidPrice)] = bid_price;
  view[slot(BookView::BidQuantity)] = bid_quantity;
  view[slot(BookView::AskPrice)] = ask_price;
  view[slot(BookView::AskQuantity)] = ask_quantity;
  view[slot(BookView::BidLevels)] = book.sides[0].level_count();
  view[slot(BookView::AskLevels)] = book.sides[1].level_count();
#ifdef TCX_VERIFY
  verify(instrument);
#endif
  return bits;
}

void Books::clear(std::uint32_t instrument) noexcept {
  assert(is_defined(instrument) && "Invariant: only a defined book is cleared");
  Book& book = books_[instrument];
  book.sides[0].clear();
  book.sides[1].clear();
  book.sequence = 0;
  book.numbering = Numbering::None;
  double* view = view_.get() + static_cast<std::size_t>(instrument) * kViewStride;
  const bool had_top = view[slot(BookView::BidLevels)] > 0 || view[slot(BookView::AskLevels)] > 0;
  view[slot(BookView::TopChanges)] += had_top ? 1 : 0;
  for (std::uint32_t field = slot(BookView::BidPrice); field <= slot(BookView::AskLevels); ++field) view[field] = 0;
}

std::uint32_t Books::load(std::uint32_t instrument, Side side, std::uint32_t count) noexcept {
  assert(is_defined(instrument) && "Invariant: only a defined book is read");
  double* out = levels_.get();
  return books_[instrument].sides[static_cast<std::size_t>(side)].visit(
      count < kLevelsMax ? count : kLevelsMax, [&out](std::int64_t price, std::int64_t quantity) {
        *out++ = static_cast<double>(price);
        *out++ = static_cast<double>(quantity);
      });
}

std::int64_t Books::quantity_at(std::uint32_t instrument, Side side, std::int64_t price) const noexcept {
  return this->side(instrument, side).quantity_at(price);
}

std::uint64_t Books::digest(std::uint32_t instrument) const noexcept {
  const std::uint64_t levels = side(instrument, Side::Buy).digest() + side(instrument, Side::Sell).digest();
  return book_digest(levels, books_[instrument].sequence);
}

std::uint64_t Books::sequence(std::uint32_t instrument) const noexcept {
  assert(is_defined(instrument) && "Invariant: only a defined book is read");
  return books_[instrument].sequence;
}

bool Books::is_defined(std::uint32_t instrument) const noexcept {
  return instrument < instrument_count_ && books_[instrument].levels_max != 0;
}

const BookSide& Books::side(std::uint32_t instrument, Side side) const noexcept {
  assert(is_defined(instrument) && "Invariant: only a defined book is read");
  return books_[instrument].sides[static_cast<std::size_t>(side)];
}

void Books::verify(std::uint32_t instrument) const noexcept {
  assert(is_defined(instrument) && "Invariant: only a defined book is verified");
  const Book& book = books_[instrument];
  for (const BookSide& side : book.sides) {
    side.verify();
    assert(side.level_count() <= book.levels_max && "Invariant: a side stays within levels_max");
    assert((book.depth == 0 || side.level_count() <= book.depth) && "Invariant: a side stays within its window");
  }
  const event::Level bid = book.sides[0].best();
  const event::Level ask = book.sides[1].best();
  [[maybe_unused]] const double* view = view_.get() + static_cast<std::size_t>(instrument) * kViewStride;
  assert(view[slot(BookView::BidPrice)] == static_cast<double>(bid.price()) && "Invariant: the view is the top");
  assert(view[slot(BookView::BidQuantity)] == static_cast<double>(bid.quantity()) && "Invariant: the view is exact");
  assert(view[slot(BookView::AskPrice)] == static_cast<double>(ask.price()) && "Invariant: the view is the top");
  assert(view[slot(BookView::AskQuantity)] == static_cast<double>(ask.quantity()) && "Invariant: the view is exact");
  assert(view[slot(BookView::BidLevels)] == book.sides[0].level_count() && "Invariant: the view counts the bids");
  assert(view[slot(BookView::AskLevels)] == book.sides[1].level_count() && "Invariant: the view counts the asks");
}

// One pass, no early exit: a bad level is rare and an update short.
bool Books::are_valid(Levels levels) noexcept {
  bool valid = true;
  for (std::uint32_t index = 0; index < levels.count; ++index) {
    valid &= is_valid(levels.data[index]);
  }
  return valid;
}

Books::Levels Books::levels_of(const LevelVector* vector) noexcept {
  if (vector == nullptr) return Levels{nullptr, 0};
  return Levels{reinterpret_cast<const event::Level*>(vector->Data()), vector->size()};
}

Status Books::check(const Book& book, Levels bids, Levels asks) noexcept {
  if (bids.count > book.levels_max || asks.count > book.levels_max) return Status::TooLarge;
  const bool valid = bids.count + asks.count == 1 ? is_valid(*(asks.count == 0 ? bids : asks).data)
                                                  : are_valid(bids) & are_valid(asks);
  return valid ? Status::Ok : Status::BadValue;
}

// A snapshot is nearly always sorted and clean, and then copied page by page; otherwise it is a series of edits.
void Books::replace(BookSide& side, Levels levels) noexcept {
  if (side.is_ordered(levels.data, levels.count)) {
    side.assign(levels.data, levels.count);
    return;
  }
  side.clear();
  edit(side, levels);
}

void Books::edit(BookSide& side, Levels levels) noexcept {
  side.rewind();
  for (std::uint32_t index = 0; index < levels.count; ++index) {
    side.set(levels.data[index].price(), levels.data[index].quantity());
  }
}

bool Books::edit_within(Book& book, Levels bids, Levels asks) noexcept {
  const std::uint32_t bid_count = book.sides[0].copy(backup_.get(), kLevelsMax);
  const std::uint32_t ask_count = book.sides[1].copy(backup_.get() + kLevelsMax, kLevelsMax);
  edit(book.sides[0], bids);
  edit(book.sides[1], asks);
  if (book.sides[0].level_count() <= book.levels_max && book.sides[1].level_count() <= book.levels_max) return true;
  book.sides[0].assign(backup_.get(), bid_count);
  book.sides[1].assign(backup_.get() + kLevelsMax, ask_count);
  return false;
}

}  // namespace tcx::book
