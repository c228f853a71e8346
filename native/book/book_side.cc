// Sorted pages of levels: see book_side.h for the picture. Everything here is index arithmetic on memory that the side
// owns; it must never allocate outside define().
#include "book/book_side.h"

#include <cstring>
#include <limits>
#include <new>

#include "book/digest.h"

namespace tcx::book {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kFree = std::numeric_limits<std::int64_t>::max();
// Levels per page after a snapshot or a rebuild, and the most a page may hold and not be split when it is full: room
// for inserts before the page is looked at again.
constexpr std::uint32_t kFillLevels = 48;
// Directory steps from the last edit before a binary search takes over.
constexpr std::uint32_t kWalkMax = 8;

static_assert(kFillLevels < kPageSlots);

// A rebuild fills kFillLevels per page, so this many leave two thirds unused: the next rebuild is far away.
std::uint32_t pages_for(std::uint32_t levels_max) noexcept { return levels_max / (kFillLevels / 3) + 4; }

void move_slots(std::int64_t* to, const std::int64_t* from, std::uint32_t count) noexcept {
  std::memmove(to, from, count * sizeof(std::int64_t));
}

void free_slots(std::int64_t* keys, std::uint32_t begin, std::uint32_t end) noexcept {
  for (std::uint32_t slot = begin; slot < end; ++slot) keys[slot] = kFree;
}

}  // namespace

bool BookSide::define(Side side, std::uint32_t levels_max) noexcept {
  assert(levels_max > 0 && "Invariant: a side holds at least one level");
  page_count_ = pages_for(levels_max);
  pages_.reset(new (std::nothrow) Page[page_count_]);
  directory_.reset(new (std::nothrow) Entry[page_count_ + 1]);
  free_.reset(new (std::nothrow) std::uint32_t[page_count_]);
  scratch_.reset(new (std::nothrow) event::Level[levels_max]);
  if (!pages_ || !directory_ || !free_ || !scratch_) return false;
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
  const std::uint32_t slot = rank(page, key);
  finger_ = entry;
  // Slot kPageSlots means that every key is smaller, and then so is the one looked at instead.
  if (page.keys[slot % kPageSlots] == key) {
    const std::uint32_t was = page.quantities[slot] != 0 ? 1 : 0;
    const std::uint32_t is = quantity != 0 ? 1 : 0;
    page.quantities[slot] = quantity;
    level_count_ += is - was;
    assert(level_count_ <= levels_max_ && "Invariant: the caller keeps a side within its memory");
    if (quantity == 0 && slot + 1 == directory_[entry].count && entry + 1 == entry_count_) trim_top();
  } else if (quantity != 0) {
    insert(entry, slot, key, quantity);
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
    for (std::uint32_t slot = 0; slot < take; ++slot) {
      page.keys[slot] = key_of(levels[left - 1 - slot].price());
      page.quantities[slot] = levels[left - 1 - slot].quantity();
    }
    refresh(page, 0);
    entry.count = take;
    left -= take;
  }
  level_count_ = count;
  rewind();
}

void BookSide::cut(std::uint32_t depth) noexcept {
  assert(depth > 0 && "Invariant: a window holds at least one level");
  while (level_count_ > depth) {
    const std::uint32_t excess = level_count_ - depth;
    const Page& page = pages_[directory_[0].page];
    std::uint32_t slots = 0;
    std::uint32_t levels = 0;
    for (; slots < directory_[0].count && levels < excess; ++slots) levels += page.quantities[slots] != 0 ? 1 : 0;
    level_count_ -= levels;
    drop_front(slots);
  }
}

std::int64_t BookSide::quantity_at(std::int64_t price) const noexcept {
  const std::int64_t key = key_of(price);
  const Page& page = pages_[directory_[locate(key)].page];
  const std::uint32_t slot = rank(page, key);
  return page.keys[slot % kPageSlots] == key ? page.quantities[slot] : 0;
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

// How many keys of the page are smaller: kPageSlots when all are.
std::uint32_t BookSide::rank(const Page& page, std::int64_t key) noexcept {
  std::int64_t eighth = 0;
  for (std::uint32_t fence = 0; fence < kFenceCount; ++fence) eighth += page.fences[fence] < key ? 1 : 0;
  const std::int64_t* keys = page.keys + eighth * kFenceSlots;
  std::int64_t slot = eighth * kFenceSlots;
  for (std::uint32_t index = 0; index < kFenceSlots; ++index) slot += keys[index] < key ? 1 : 0;
  return static_cast<std::uint32_t>(slot);
}

void BookSide::insert(std::uint32_t entry, std::uint32_t slot, std::int64_t key, std::int64_t quantity) noexcept {
  assert(level_count_ < levels_max_ && "Invariant: the caller keeps a side within its memory");
  if (directory_[entry].count == kPageSlots) {
    make_room(entry);
    entry = locate(key);
    slot = rank(pages_[directory_[entry].page], key);
  }
  Page& page = pages_[directory_[entry].page];
  const std::uint32_t moved = directory_[entry].count - slot;
  move_slots(page.keys + slot + 1, page.keys + slot, moved);
  move_slots(page.quantities + slot + 1, page.quantities + slot, moved);
  page.keys[slot] = key;
  page.quantities[slot] = quantity;
  refresh(page, slot);
  ++directory_[entry].count;
  ++level_count_;
  assert((slot == 0 || page.keys[slot - 1] < key) && "Invariant: prices ascend below an insert");
  assert((moved == 0 || key < page.keys[slot + 1]) && "Invariant: prices ascend above an insert");
}

// Leaves a free slot in whatever page the key that did not fit `entry` belongs to afterwards.
void BookSide::make_room(std::uint32_t entry) noexcept {
  drop_vacant(entry);
  if (directory_[entry].count <= kFillLevels) return;
  if (free_count_ == 0) {
    rebuild();
  } else {
    split(entry);
  }
}

// Moves the better half of a page into a new one after it.
void BookSide::split(std::uint32_t entry) noexcept {
  const std::uint32_t kept = directory_[entry].count / 2;
  const std::uint32_t moved = directory_[entry].count - kept;
  Page& lower = pages_[directory_[entry].page];
  open_entry(entry + 1, lower.keys[kept]);
  Page& upper = pages_[directory_[entry + 1].page];
  move_slots(upper.keys, lower.keys + kept, moved);
  move_slots(upper.quantities, lower.quantities + kept, moved);
  refresh(upper, 0);
  free_slots(lower.keys, kept, kPageSlots);
  refresh(lower, kept);
  directory_[entry].count = kept;
  directory_[entry + 1].count = moved;
}

void BookSide::drop_vacant(std::uint32_t entry) noexcept {
  Page& page = pages_[directory_[entry].page];
  const std::uint32_t count = directory_[entry].count;
  std::uint32_t kept = 0;
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    page.keys[kept] = page.keys[slot];
    page.quantities[kept] = page.quantities[slot];
    kept += page.quantities[slot] != 0 ? 1 : 0;
  }
  free_slots(page.keys, kept, count);
  refresh(page, 0);
  directory_[entry].count = kept;
}

// The pages ran out on vacant slots: writes the levels out and back in. Microseconds, once in thousands of updates.
void BookSide::rebuild() noexcept {
  const std::uint32_t count = copy(scratch_.get(), levels_max_);
  assert(count == level_count_ && "Invariant: the level count is the sum over the pages");
  assign(scratch_.get(), count);
}

// The best level was removed: frees slots from the end until the last one is a level again, or the side is empty.
void BookSide::trim_top() noexcept {
  for (;;) {
    Entry& top = directory_[entry_count_ - 1];
    Page& page = pages_[top.page];
    const std::uint32_t before = top.count;
    while (top.count > 0 && page.quantities[top.count - 1] == 0) --top.count;
    free_slots(page.keys, top.count, before);
    refresh(page, top.count);
    if (top.count > 0 || entry_count_ == 1) return;
    close_entry(entry_count_ - 1);
  }
}

void BookSide::drop_front(std::uint32_t slots) noexcept {
  if (slots == directory_[0].count) {
    assert(entry_count_ > 1 && "Invariant: a cut leaves the best level");
    directory_[1].low = kLowest;
    close_entry(0);
    return;
  }
  Page& page = pages_[directory_[0].page];
  const std::uint32_t kept = directory_[0].count - slots;
  move_slots(page.keys, page.keys + slots, kept);
  move_slots(page.quantities, page.quantities + slots, kept);
  free_slots(page.keys, kept, kept + slots);
  refresh(page, 0);
  directory_[0].count = kept;
}

void BookSide::refresh(Page& page, std::uint32_t first) noexcept {
  for (std::uint32_t fence = first / kFenceSlots; fence + 1 < kFenceCount; ++fence) {
    page.fences[fence] = page.keys[fence * kFenceSlots + kFenceSlots - 1];
  }
  page.fences[kFenceCount - 1] = kFree;
}

// A new empty page at `entry`; the entries from there on, sentinel included, move up by one.
void BookSide::open_entry(std::uint32_t entry, std::int64_t low) noexcept {
  assert(free_count_ > 0 && "Invariant: a page is left, or the side is rebuilt first");
  const std::uint32_t page = free_[--free_count_];
  free_slots(pages_[page].keys, 0, kPageSlots);
  refresh(pages_[page], 0);
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
    assert(page.fences[kFenceCount - 1] == kFree && "Invariant: the last fence is above every key");
    for (std::uint32_t slot = 0; slot < kPageSlots; ++slot) {
      if (slot % kFenceSlots == kFenceSlots - 1 && slot + 1 < kPageSlots) {
        assert(page.fences[slot / kFenceSlots] == page.keys[slot] && "Invariant: a fence ends its eighth");
      }
      if (slot >= here.count) {
        assert(page.keys[slot] == kFree && "Invariant: free slots never count in a search");
        continue;
      }
      assert(page.keys[slot] > previous && "Invariant: prices are sorted and appear once");
      assert(page.keys[slot] >= here.low && "Invariant: a page holds no key below its range");
      assert(page.keys[slot] < directory_[entry + 1].low && "Invariant: a page holds no key above its range");
      assert(page.quantities[slot] >= 0 && "Invariant: no quantity is negative");
      previous = page.keys[slot];
      levels += page.quantities[slot] != 0 ? 1 : 0;
    }
  }
  assert(levels == level_count_ && "Invariant: the level count is the sum over the pages");
  [[maybe_unused]] const Entry& top = directory_[entry_count_ - 1];
  assert((top.count == 0) == (levels == 0) && "Invariant: the top page of a side that has levels is not empty");
  assert((top.count > 0 || entry_count_ == 1) && "Invariant: a side without levels has one page");
}

}  // namespace tcx::book
