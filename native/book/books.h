// The L2 books of one Core, one per instrument, derived from BookSnapshot and BookDelta Events straight out of their
// FlatBuffers body. Owns the books and the `BookView` blocks TypeScript reads; decides nothing. It must never allocate
// after define(), read a clock, or change a book when it returns a negative Status.
//
// What apply() refuses (negative Status, book and view unchanged): a body of another kind (KindNotAllowed), an unknown
// instrument (NotFound), a price ≤ 0 or quantity < 0 or either beyond 2^53-1 (BadValue: FeedReason BadLevel), more
// levels than levels_max in the Event or in the book after it (TooLarge: FeedReason BookOverflow).
// What it applies and reports in its bits, for the caller to invalidate the feed: Crossed (best bid ≥ best ask) and
// OutOfSequence. Sequences count only where the Venue gives them (non-zero): a delta that names its predecessor must
// name the last one applied, and one that names none must be newer than it. A numbered delta on a book that no snapshot
// has filled is out of sequence. Empty: at least one side has no level afterwards.
#pragma once

#include <cstdint>
#include <memory>

#include "book/book_side.h"
#include "event/event_memory.h"
#include "event_generated.h"
#include "view_generated.h"

namespace tcx::book {

// Largest levels_max, and how many levels load() can copy.
inline constexpr std::uint32_t kLevelsMax = 16384;
inline constexpr std::uint32_t kInstrumentsMax = 4096;
inline constexpr std::uint32_t kViewStride = static_cast<std::uint32_t>(view::BookView::Stride);

class Books {
 public:
  // `memory` must outlive the books.
  Books(const EventMemory& memory, std::uint32_t instrument_count);

  // depth > 0: the Venue's window; levels beyond it are cut off after each update. `levels_max` ≥ depth.
  // Exists: defined before. BadValue: instrument, depth or levels_max out of range. NoSpace: no memory.
  view::Status define(std::uint32_t instrument, std::uint32_t depth, std::uint32_t levels_max) noexcept;
  // Applies the Event in `memory.body`. BookResult bits, or a negative Status.
  int apply() noexcept;
  // Forgets the levels and the sequence of one book.
  void clear(std::uint32_t instrument) noexcept;
  // Copies the best `count` levels of a side into levels(), as price and quantity, best first. Returns how many.
  std::uint32_t load(std::uint32_t instrument, Side side, std::uint32_t count) noexcept;
  // 0 when nothing rests at the price.
  [[nodiscard]] std::int64_t quantity_at(std::uint32_t instrument, Side side, std::int64_t price) const noexcept;
  // Over every level and the sequence: digest.h.
  [[nodiscard]] std::uint64_t digest(std::uint32_t instrument) const noexcept;
  [[nodiscard]] std::uint64_t sequence(std::uint32_t instrument) const noexcept;
  [[nodiscard]] bool is_defined(std::uint32_t instrument) const noexcept;
  [[nodiscard]] const BookSide& side(std::uint32_t instrument, Side side) const noexcept;
  // Asserts every invariant of one book and that its view tells the truth.
  void verify(std::uint32_t instrument) const noexcept;

  [[nodiscard]] std::uint32_t instrument_count() const noexcept { return instrument_count_; }
  // kViewStride doubles per instrument.
  [[nodiscard]] double* view() noexcept { return view_.get(); }
  [[nodiscard]] std::uint32_t view_size() const noexcept { return instrument_count_ * kViewStride; }
  [[nodiscard]] double* levels() noexcept { return levels_.get(); }
  [[nodiscard]] static constexpr std::uint32_t levels_size() noexcept { return 2 * kLevelsMax; }

 private:
  // What is known about the Venue's numbering. None: no snapshot since define() or clear().
  enum class Numbering : std::uint8_t { None, Absent, Present };
  struct Book {
    BookSide sides[2];
    std::uint64_t sequence = 0;
    std::uint32_t depth = 0;
    std::uint32_t levels_max = 0;  // 0: not defined
    Numbering numbering = Numbering::None;
  };
  struct Levels {
    const event::Level* data;
    std::uint32_t count;
  };
  using LevelVector = flatbuffers::Vector<const event::Level*>;

  int apply_snapshot(const event::BookSnapshot& snapshot) noexcept;
  int apply_delta(const event::BookDelta& delta) noexcept;
  [[nodiscard]] static Levels levels_of(const LevelVector* vector) noexcept;
  [[nodiscard]] static bool are_valid(Levels levels) noexcept;
  [[nodiscard]] static view::Status check(const Book& book, Levels bids, Levels asks) noexcept;
  static void replace(BookSide& side, Levels levels) noexcept;
  static void edit(BookSide& side, Levels levels) noexcept;
  // The slow twin of edit() for a book so full that the update may not fit: false when it did not, nothing changed.
  bool edit_within(Book& book, Levels bids, Levels asks) noexcept;
  int finish(std::uint32_t instrument, int bits) noexcept;

  const EventMemory& memory_;
  std::uint32_t instrument_count_;
  std::unique_ptr<Book[]> books_;
  std::unique_ptr<double[]> view_;
  std::unique_ptr<double[]> levels_;
  std::unique_ptr<event::Level[]> backup_;  // both sides of the book that edit_within() may have to restore
};

}  // namespace tcx::book
