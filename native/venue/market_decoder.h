// One frame of a Venue's market data to numbers in shared memory (FrameView, BookEntry, LevelEntry, TradeEntry of
// schemas/view.fbs). What the dialects have in common; each of them is one class in a file of its own. No memory of earlier
// frames, nothing allocated after construction, nothing half done: a frame that is not one whole JSON value, or more than
// the memory holds, leaves no book, no level and no trade.
//
// What a frame's fields may be, in every dialect:
//   * Structure (channel, type, lists, the objects in them, names of instruments) of another JSON type: Malformed.
//   * Values (prices, quantities, numbers, times, checksums, the taker's side) that cannot be read: the view says so (NaN,
//     0 for times and ids), the frame counts.
//   * Unknown fields are stepped over; of repeated fields the last counts, but all must be well-formed; the order of
//     fields does not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "venue/decimal.h"
#include "venue/event_time.h"
#include "venue/json_scanner.h"
#include "venue/limits.h"
#include "venue/symbol_table.h"
#include "view_generated.h"

namespace tcx::venue {

// As FrameKind of daemon/event/market-adapter.ts.
enum class FrameKind : std::uint8_t { Book = 1, Trade = 2, Heartbeat = 3, Other = 4, Malformed = 5, Oversize = 6 };

template <typename View>
constexpr std::size_t index_of(View name) noexcept {
  return static_cast<std::size_t>(name);
}

inline constexpr std::size_t kFrameViewSize = index_of(view::FrameView::Size);
inline constexpr std::size_t kBookStride = index_of(view::BookEntry::Stride);
inline constexpr std::size_t kTradeStride = index_of(view::TradeEntry::Stride);
inline constexpr std::size_t kLevelStride = index_of(view::LevelEntry::Stride);

class MarketDecoder {
 public:
  virtual ~MarketDecoder() = default;
  MarketDecoder(const MarketDecoder&) = delete;
  MarketDecoder& operator=(const MarketDecoder&) = delete;

  // The bytes are copied first: they may be memory that another thread writes, and need no padding.
  FrameKind decode(const std::uint8_t* frame, std::size_t size) noexcept;
  // The same in place: kPadding readable zero bytes follow.
  FrameKind decode_padded(const std::uint8_t* frame, std::size_t size) noexcept;

  double* frame() noexcept { return frame_; }
  double* books() noexcept { return books_.get(); }
  double* trades() noexcept { return trades_.get(); }
  double* levels() noexcept { return levels_.get(); }

 protected:
  explicit MarketDecoder(const std::vector<std::string>& symbols);

  // Reads the frame as far as it can be understood in its order.
  virtual void read() noexcept = 0;
  // Called when the whole of it is JSON: reads what came too early to be understood, says what it was.
  virtual FrameKind resolve() noexcept = 0;
  // After any failure: whether it may have been a book.
  virtual bool may_be_book() const noexcept = 0;

  // Forgets what was read so far.
  void clear() noexcept;
  // The next entry, empty; null, and the frame is Oversize, when there is no room.
  double* next_book() noexcept;
  double* next_trade() noexcept;
  // Reads a string into the three fields that both kinds of entry begin with.
  void read_symbol(double* entry) noexcept;
  void set_book_time(double* book, const EventTime& time) noexcept;
  void set_trade_time(double* trade, const EventTime& time) noexcept;
  // A list of levels [price, quantity, …] becomes the range [from, to) of a book.
  void read_pairs(double* book, view::BookEntry from, view::BookEntry to) noexcept;
  // The first two elements of such a level. True: the walk is behind them, inside the list.
  bool read_pair(double* level) noexcept { return read_usual_pair(level) || read_rare_pair(level); }
  // `read_level` reads one level into the four doubles it is given.
  template <typename ReadLevel>
  void read_side(double* book, view::BookEntry from, view::BookEntry to, ReadLevel read_level) noexcept;
  // 1 snapshot, 0 update, -1 unknown: of the frame and of every book in it.
  void set_snapshot(double is_snapshot) noexcept;
  void drop_books() noexcept { book_count_ = level_count_ = 0; }
  void drop_trades() noexcept { trade_count_ = 0; }

  JsonScanner scanner_;
  TimestampReader timestamps_;

 private:
  struct Released {
    void operator()(void* memory) const noexcept;
  };

  FrameKind finish(FrameKind kind) noexcept;
  void overflow() noexcept;
  bool read_usual_pair(double* level) noexcept;
  bool read_rare_pair(double* level) noexcept;

  SymbolTable symbols_;
  bool is_too_large_ = false;
  std::size_t book_count_ = 0;
  std::size_t trade_count_ = 0;
  std::size_t level_count_ = 0;
  double frame_[kFrameViewSize] = {};
  std::unique_ptr<double[]> books_;
  std::unique_ptr<double[]> trades_;
  std::unique_ptr<double[]> levels_;
  std::unique_ptr<std::uint8_t[], Released> text_;
};

// Null: no such dialect, or symbols beyond the limits.
std::unique_ptr<MarketDecoder> make_market_decoder(std::string_view dialect, const std::vector<std::string>& symbols);

inline void set_number(double* mantissa, const Decimal& number) noexcept {
  mantissa[0] = mantissa_of(number);
  mantissa[1] = decimals_of(number);
}

template <typename ReadLevel>
void MarketDecoder::read_side(double* book, view::BookEntry from, view::BookEntry to, ReadLevel read_level) noexcept {
  const std::size_t first = level_count_;
  std::size_t count = first;
  if (!scanner_.start_array()) return;
  for (bool is_first = true; scanner_.next_element(is_first); is_first = false) {
    if (count == kLevelCountMax) {
      overflow();
      return;
    }
    read_level(levels_.get() + count * kLevelStride);
    count += 1;
  }
  level_count_ = count;
  book[index_of(from)] = static_cast<double>(first);
  book[index_of(to)] = static_cast<double>(count);
}

}  // namespace tcx::venue
