// Sorted pages of levels: see book_side.h for the picture. Everything here is index arithmetic on memory that the side
// owns; it must never allocate outside define().
#include "book/book_side.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <new>

#include "book/digest.h"

namespace tcx::book {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kFree = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kSplitLevels = kPageLevels / 2;
// Two neighbours that together hold no more than this become one page; well below a full page, so that a level that
// comes and goes does not split and merge at every update.
constexpr std::uint32_t kMergeLevels = 40;
// Levels per page after a snapshot: room for inserts before the first split.
constexpr std::uint32_t kFillLevels = 48;
// Directory steps from the last edit before a binary search takes over.
constexpr std::uint32_t kWalkMax = 8;

static_assert(kSplitLevels < kMergeLevels && kMergeLevels < kFillLevels && kFillLevels < kPageLevels);

// Two neighbouring pages always hold more than kSplitLevels together: a split leaves kSplitLevels in each half, and
// every removal merges a pair that holds no more than kMergeLevels. So this many pages always suffice.
std::uint32_t pages_for(std::uint32_t levels_max) noexcept { return 2 * levels_max / (kSplitLevels + 1) + 2; }

void move_levels(std::int64_t* to, const std::int64_t* from, std::uint32_t count) noexcept {
  std::memmove(to, from, count * sizeof(std::int64_t));
}

void fill_free(std::int64_t* keys, std::uint32_t begin, std::uint32_t end) noexcept {
  for (std::uint32_t index = begin; index < end; ++index) keys[index] = kFree;
}

}  // namespace

bool BookSide::define(Side side, std::uint32_t levels_max) noexcept {
  assert(levels_max > 0 && "Invariant: a side holds at least one level");
  page_count_ = pages_for(levels_max);
  pages_.reset(new (std::nothrow) Page[page_count_]);
  directory_.reset(new (std::nothrow) Entry[page_count_ + 1]);
  free_.reset(new (std::nothrow) std::uint32_t[page_count_]);
  if (!pages_ || !directory_ || !free_) return false;
  levels_max_ = levels_max;
  sign_ = side == Side::Buy ? 1 : -1;
  clear();
  return true;
}

void BookSide::clear() noexcept {
  free_count_ = page_count_;
  for (std::uint32_t index = 0; index < page_count_; ++index) free_[index] = page_count_ - 1 - index;
  level_count_ = 0;
  finger_ = 0;
  entry_count_ = 0;
  directory_[0].low = kFree;
  open_entry(0, kLowest);
}

void BookSide::set(std::int64_t price, std::int64_t quantity) noexcept {
  const std::int64_t key = key_of(price);
  const std::uint32_t entry = locate(key);
  Page& page = pages_[directory_[entry].page];
  const std::uint32_t index = rank(page, key);
  finger_ = entry;
  const bool found = index < directory_[entry].count && page.keys[index] == key;
  if (found && quantity != 0) {
    page.quantities[index] = quantity;
  } else if (found) {
    remove(entry, index);
  } else if (quantity != 0) {
    insert(entry, index, key, quantity);
  }
}

void BookSide::assign(const event::Level* levels, std::uint32_t count) noexcept {
  assert(count <= levels_max_ && "Invariant: a snapshot fits the side");
  clear();
  std::uint32_t left = count;
  while (left > 0) {
    const std::uint32_t take = left < kFillLevels ? left : kFillLevels;
    if (left < count) open_entry(entry_count_, key_of(levels[left - 1].price()));
    Entry& entry = directory_[entry_count_ - 1];
    Page& page = pages_[entry.page];
    for (std::uint32_t index = 0; index < take; ++index) {
      page.keys[index] = key_of(levels[left - 1 - index].price());
      page.quantities[index] = levels[left - 1 - index].quantity();
    }
    entry.count = take;
    left -= take;
  }
  level_count_ = count;
  rewind();
}

void BookSide::cut(std::uint32_t depth) noexcept {
  if (level_count_ <= depth) return;
  std::uint32_t excess = level_count_ - depth;
  while (entry_count_ > 1 && directory_[0].count <= excess) {
    excess -= directory_[0].count;
    level_count_ -= directory_[0].count;
    drop_page(0);
  }
  if (excess > 0) drop_front(excess);
  assert(level_count_ == depth && "Invariant: a cut leaves exactly the window");
}

event::Level BookSide::best() const noexcept {
  if (level_count_ == 0) return event::Level(0, 0);
  const Entry& top = directory_[entry_count_ - 1];
  assert(top.count > 0 && "Invariant: the top page of a side that has levels is not empty");
  const Page& page = pages_[top.page];
  return event::Level(page.keys[top.count - 1] * sign_, page.quantities[top.count - 1]);
}

std::int64_t BookSide::quantity_at(std::int64_t price) const noexcept {
  const std::int64_t key = key_of(price);
  const Entry& entry = directory_[locate(key)];
  const Page& page = pages_[entry.page];
  const std::uint32_t index = rank(page, key);
  return index < entry.count && page.keys[index] == key ? page.quantities[index] : 0;
}

std::uint32_t BookSide::copy(event::Level* levels, std::uint32_t count) const noexcept {
  return visit(count, [&levels](std::int64_t price, std::int64_t quantity) {
    *levels++ = event::Level(price, quantity);
  });
}

std::uint64_t BookSide::digest() const noexcept {
  const std::uint64_t side = sign_ > 0 ? 0 : 1;
  std::uint64_t sum = 0;
  visit(level_count_, [&sum, side](std::int64_t price, std::int64_t quantity) {
    sum += level_digest(side, price, quantity);
  });
  return sum;
}

bool BookSide::is_ordered(const event::Level* levels, std::uint32_t count) const noexcept {
  bool ordered = true;
  for (std::uint32_t index = 0; index < count; ++index) {
    ordered &= levels[index].quantity() != 0;
    if (index > 0) ordered &= key_of(levels[index].price()) < key_of(levels[index - 1].price());
  }
  return ordered;
}

// The last entry whose low is not above the key. The first low is below and the sentinel above every key: walks end.
std::uint32_t BookSide::locate(std::int64_t key) const noexcept {
  std::uint32_t entry = finger_ < entry_count_ ? finger_ : entry_count_ - 1;
  std::uint32_t begin = 0;
  std::uint32_t end = entry_count_;
  for (std::uint32_t step = 0; step < kWalkMax; ++step) {
    if (key < directory_[entry].low) {
      end = entry;
      --entry;
    } else if (directory_[entry + 1].low <= key) {
      ++entry;
      begin = entry;
    } else {
      return entry;
    }
  }
  // The entry sought is in [begin, end).
  while (end - begin > 1) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (directory_[middle].low <= key) {
      begin = middle;
    } else {
      end = middle;
    }
  }
  return begin;
}

// How many keys of the page are smaller. Always over all slots: no branch depends on the data.
std::uint32_t BookSide::rank(const Page& page, std::int64_t key) noexcept {
  std::int64_t smaller = 0;
  for (std::uint32_t index = 0; index < kPageLevels; ++index) smaller += page.keys[index] < key ? 1 : 0;
  return static_cast<std::uint32_t>(smaller);
}

void BookSide::insert(std::uint32_t entry, std::uint32_t index, std::int64_t key, std::int64_t quantity) noexcept {
  assert(level_count_ < levels_max_ && "Invariant: the caller keeps a side within its memory");
  if (directory_[entry].count == kPageLevels) {
    split(entry);
    if (index > kSplitLevels) {
      ++entry;
      index -= kSplitLevels;
    }
  }
  Page& page = pages_[directory_[entry].page];
  const std::uint32_t moved = directory_[entry].count - index;
  move_levels(page.keys + index + 1, page.keys + index, moved);
  move_levels(page.quantities + index + 1, page.quantities + index, moved);
  page.keys[index] = key;
  page.quantities[index] = quantity;
  ++directory_[entry].count;
  ++level_count_;
  assert((index == 0 || page.keys[index - 1] < key) && "Invariant: prices ascend below an insert");
  assert((moved == 0 || key < page.keys[index + 1]) && "Invariant: prices ascend above an insert");
}

void BookSide::remove(std::uint32_t entry, std::uint32_t index) noexcept {
  Page& page = pages_[directory_[entry].page];
  const std::uint32_t last = --directory_[entry].count;
  move_levels(page.keys + index, page.keys + index + 1, last - index);
  move_levels(page.quantities + index, page.quantities + index + 1, last - index);
  page.keys[last] = kFree;
  --level_count_;
  if (last <= kMergeLevels) merge_around(entry);
}

// Moves the better half of a full page into a new one after it.
void BookSide::split(std::uint32_t entry) noexcept {
  const std::uint32_t old = directory_[entry].page;
  open_entry(entry + 1, pages_[old].keys[kSplitLevels]);
  Page& upper = pages_[directory_[entry + 1].page];
  move_levels(upper.keys, pages_[old].keys + kSplitLevels, kSplitLevels);
  move_levels(upper.quantities, pages_[old].quantities + kSplitLevels, kSplitLevels);
  fill_free(pages_[old].keys, kSplitLevels, kPageLevels);
  directory_[entry].count = kSplitLevels;
  directory_[entry + 1].count = kSplitLevels;
}

void BookSide::merge_around(std::uint32_t entry) noexcept {
  if (entry_count_ == 1) return;
  if (directory_[entry].count == 0) {
    drop_page(entry);
    return;
  }
  if (merge_with_next(entry)) return;
  if (entry > 0) merge_with_next(entry - 1);
}

bool BookSide::merge_with_next(std::uint32_t entry) noexcept {
  if (entry + 1 >= entry_count_) return false;
  const std::uint32_t count = directory_[entry].count;
  const std::uint32_t more = directory_[entry + 1].count;
  if (count + more > kMergeLevels) return false;
  Page& page = pages_[directory_[entry].page];
  const Page& next = pages_[directory_[entry + 1].page];
  move_levels(page.keys + count, next.keys, more);
  move_levels(page.quantities + count, next.quantities, more);
  directory_[entry].count = count + more;
  close_entry(entry + 1);
  return true;
}

// Gives a page's key range to the page after it.
void BookSide::drop_page(std::uint32_t entry) noexcept {
  assert(entry_count_ > 1 && "Invariant: a side has at least one page");
  if (entry + 1 < entry_count_) directory_[entry + 1].low = directory_[entry].low;
  close_entry(entry);
}

void BookSide::drop_front(std::uint32_t count) noexcept {
  Page& page = pages_[directory_[0].page];
  const std::uint32_t kept = directory_[0].count - count;
  move_levels(page.keys, page.keys + count, kept);
  move_levels(page.quantities, page.quantities + count, kept);
  fill_free(page.keys, kept, kept + count);
  directory_[0].count = kept;
  level_count_ -= count;
  merge_around(0);
}

std::uint32_t BookSide::take_page() noexcept {
  assert(free_count_ > 0 && "Invariant: pages_for() pages hold levels_max levels");
  const std::uint32_t page = free_[--free_count_];
  fill_free(pages_[page].keys, 0, kPageLevels);
  return page;
}

// A new empty page at `entry`; the entries from there on, sentinel included, move up by one.
void BookSide::open_entry(std::uint32_t entry, std::int64_t low) noexcept {
  const std::uint32_t page = take_page();
  std::memmove(directory_.get() + entry + 1, directory_.get() + entry, (entry_count_ + 1 - entry) * sizeof(Entry));
  directory_[entry] = Entry{low, page, 0};
  ++entry_count_;
}

void BookSide::close_entry(std::uint32_t entry) noexcept {
  free_[free_count_++] = directory_[entry].page;
  std::memmove(directory_.get() + entry, directory_.get() + entry + 1, (entry_count_ - entry) * sizeof(Entry));
  --entry_count_;
}

void BookSide::verify() const noexcept {
  assert(entry_count_ >= 1 && "Invariant: a side has at least one page");
  assert(entry_count_ + free_count_ == page_count_ && "Invariant: every page is used or free");
  assert(directory_[0].low == kLowest && "Invariant: the first page takes every low price");
  assert(directory_[entry_count_].low == kFree && "Invariant: the directory ends in its sentinel");
  std::uint32_t levels = 0;
  std::int64_t previous = kLowest;
  for (std::uint32_t entry = 0; entry < entry_count_; ++entry) {
    const Entry& here = directory_[entry];
    const Page& page = pages_[here.page];
    assert((here.count > 0 || entry_count_ == 1) && "Invariant: only a sole page may be empty");
    if (entry > 0) {
      assert(here.count + directory_[entry - 1].count > kSplitLevels && "Invariant: neighbours are not both small");
    }
    for (std::uint32_t index = 0; index < kPageLevels; ++index) {
      if (index >= here.count) {
        assert(page.keys[index] == kFree && "Invariant: free slots never count in a search");
        continue;
      }
      assert(page.keys[index] > previous && "Invariant: prices are sorted and appear once");
      assert(page.keys[index] >= here.low && "Invariant: a page holds no key below its range");
      assert(page.keys[index] < directory_[entry + 1].low && "Invariant: a page holds no key above its range");
      assert(page.quantities[index] > 0 && "Invariant: no level has quantity 0");
      previous = page.keys[index];
    }
    levels += here.count;
  }
  assert(levels == level_count_ && "Invariant: the level count is the sum over the pages");
}

}  // namespace tcx::book
