// One side of one order book: price levels in exact integers, sorted, in fixed memory. It knows nothing of Events,
// sequences or windows beyond `cut`; native/book/books.h does. It must never allocate after define(), never show a
// level of quantity 0, never hold a price twice.
//
//   key = price for the buy side, -price for the sell side: on both sides the best level has the largest key.
//
//   directory   low = INT64_MIN │ low = k1       │ … │ low = kn │ sentinel INT64_MAX
//                     │               │                   │
//   pages         [worst …  ]     [k1 … ]      …      [ … best]     up to 64 slots each, keys ascending
//
// A removed level leaves its price behind in a *vacant* slot of quantity 0. Prices near the top come and go all day, so
// nearly every update finds its price and is one store, without moving anything. Vacant slots go when their page is
// full, when the pages run out, and at the very top, where the last slot is always the best level.
//
// A search touches three cache lines however deep the level lies: the directory, which it walks from where the last
// edit was (Venues send the levels of an update sorted), the page's fences, and the eight keys between two fences.
// Counting smaller keys needs no branch; free slots hold INT64_MAX so that they never count.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>

#include "event_generated.h"

namespace tcx::book {

enum class Side : std::uint8_t { Buy = 0, Sell = 1 };

inline constexpr std::uint32_t kPageSlots = 64;
inline constexpr std::uint32_t kFenceCount = 8;
inline constexpr std::uint32_t kFenceSlots = kPageSlots / kFenceCount;

class BookSide {
 public:
  // Memory for `levels_max` levels. False when there is none.
  [[nodiscard]] bool define(Side side, std::uint32_t levels_max) noexcept;
  void clear() noexcept;

  // The next set() is expected near the best price.
  void rewind() noexcept { finger_ = entry_count_ - 1; }
  // Sets the quantity at a price; 0 removes the level, if there is one.
  void set(std::int64_t price, std::int64_t quantity) noexcept;
  // Replaces everything. `levels` are best first, strictly ordered, without quantity 0.
  void assign(const event::Level* levels, std::uint32_t count) noexcept;
  // Drops all but the best `depth` levels; depth ≥ 1.
  void cut(std::uint32_t depth) noexcept;

  [[nodiscard]] std::uint32_t level_count() const noexcept { return level_count_; }
  // Price and quantity 0 when the side is empty.
  [[nodiscard]] event::Level best() const noexcept {
    const Entry& top = directory_[entry_count_ - 1];
    if (top.count == 0) return event::Level(0, 0);
    const Page& page = pages_[top.page];
    assert(page.quantities[top.count - 1] > 0 && "Invariant: the last slot of the top page is the best level");
    return event::Level(page.keys[top.count - 1] * sign_, page.quantities[top.count - 1]);
  }
  [[nodiscard]] std::int64_t quantity_at(std::int64_t price) const noexcept;
  // Calls `see(price, quantity)` for the best `count` levels, best first. Returns how many there were.
  template <typename See>
  std::uint32_t visit(std::uint32_t count, See see) const noexcept {
    std::uint32_t seen = 0;
    for (std::uint32_t entry = entry_count_; entry-- > 0 && seen < count;) {
      const Page& page = pages_[directory_[entry].page];
      for (std::uint32_t slot = directory_[entry].count; slot-- > 0 && seen < count;) {
        if (page.quantities[slot] == 0) continue;
        see(page.keys[slot] * sign_, page.quantities[slot]);
        ++seen;
      }
    }
    return seen;
  }
  // Copies the best `count` levels. Returns how many there were.
  std::uint32_t copy(event::Level* levels, std::uint32_t count) const noexcept;
  // Sum over the levels of a hash of (side, price, quantity); see Books::digest.
  [[nodiscard]] std::uint64_t digest() const noexcept;
  // Whether `levels` could be given to assign().
  [[nodiscard]] bool is_ordered(const event::Level* levels, std::uint32_t count) const noexcept;
  // Walks everything and asserts every invariant above. For tests and TCX_VERIFY builds.
  void verify() const noexcept;

 private:
  struct alignas(64) Page {
    std::int64_t fences[kFenceCount];  // the last key of each eighth of `keys`; of the last, INT64_MAX
    std::int64_t keys[kPageSlots];
    std::int64_t quantities[kPageSlots];
  };
  // Every key of the page is ≥ low and below the low of the next entry.
  struct Entry {
    std::int64_t low;
    std::uint32_t page;
    std::uint32_t count;  // used slots, vacant ones included
  };

  [[nodiscard]] std::int64_t key_of(std::int64_t price) const noexcept { return price * sign_; }
  [[nodiscard]] std::uint32_t locate(std::int64_t key) const noexcept;
  [[nodiscard]] static std::uint32_t rank(const Page& page, std::int64_t key) noexcept;
  void insert(std::uint32_t entry, std::uint32_t slot, std::int64_t key, std::int64_t quantity) noexcept;
  void make_room(std::uint32_t entry) noexcept;
  void split(std::uint32_t entry) noexcept;
  void drop_vacant(std::uint32_t entry) noexcept;
  void rebuild() noexcept;
  void trim_top() noexcept;
  void drop_front(std::uint32_t entry_slots) noexcept;
  // The slots of a page from `first` on changed, or became free from `count` on.
  static void refresh(Page& page, std::uint32_t first) noexcept;
  void open_entry(std::uint32_t entry, std::int64_t low) noexcept;
  void close_entry(std::uint32_t entry) noexcept;

  std::unique_ptr<Page[]> pages_;
  std::unique_ptr<Entry[]> directory_;
  std::unique_ptr<std::uint32_t[]> free_;    // stack of unused pages
  std::unique_ptr<event::Level[]> scratch_;  // for rebuild()
  std::uint32_t free_count_ = 0;
  std::uint32_t entry_count_ = 0;
  std::uint32_t level_count_ = 0;
  std::uint32_t finger_ = 0;  // entry of the last edit: only a hint
  std::uint32_t levels_max_ = 0;
  std::uint32_t page_count_ = 0;
  std::int64_t sign_ = 1;
};

}  // namespace tcx::book
