// Walks one JSON text (RFC 8259) from left to right over its bytes, building nothing: keys are compared in place, numbers
// become an integer and a count of decimals. Knows JSON, no Venue.
//
//   * The text is followed by kPadding zero bytes, which end every loop: nothing behind them is ever read.
//   * What is not JSON ends the walk: `ok` is false, the position is the end, every later call says no. Callers need not
//     look after each step.
//   * No byte is visited twice, but those of a string with escapes and of a number in one that turns out to be none.
//   * Strings are bytes: whatever is above 0x7F is taken as it is, well-formed UTF-8 or not.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "venue/decimal.h"
#include "venue/limits.h"

namespace tcx::venue {

// The first eight bytes of a word, as load_word reads them from memory that goes on with zeros.
template <std::size_t Size>
constexpr std::uint64_t word_of(const char (&text)[Size]) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < Size - 1 && i < 8; i++) {
    word |= std::uint64_t{static_cast<std::uint8_t>(text[i])} << (8 * i);
  }
  return word;
}

class JsonScanner {
 public:
  // `text`: `size` bytes, then kPadding zero bytes.
  void open(const std::uint8_t* text, std::size_t size) noexcept {
    text_ = text;
    end_ = text + size;
    at_ = text;
    depth_ = 0;
    ok_ = true;
  }

  // Goes back to a position seen before, `depth` objects and arrays deep. Only while `ok`.
  void reopen(std::size_t position, std::uint32_t depth) noexcept {
    at_ = text_ + position;
    depth_ = depth;
  }

  bool ok() const noexcept { return ok_; }
  // Where the walk is, or where it ended.
  std::size_t position() const noexcept { return static_cast<std::size_t>((ok_ ? at_ : fault_) - text_); }

  bool fail() noexcept {
    if (ok_) fault_ = at_;
    ok_ = false;
    at_ = end_;
    return false;
  }

  // The next byte that is not white space, not consumed; 0 at the end.
  std::uint8_t peek() noexcept {
    while (*at_ <= ' ' && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) at_ += 1;
    return *at_;
  }

  // Steps over exactly this text; false, and nowhere else, when something else stands there.
  template <std::size_t Size>
  bool take(const char (&text)[Size]) noexcept {
    static_assert(Size <= kPadding);
    if (std::memcmp(at_, text, Size - 1) != 0) return false;
    at_ += Size - 1;
    return true;
  }

  bool start_object() noexcept { return start('{'); }
  bool start_array() noexcept { return start('['); }

  // The object's next key, up to and including its colon; false at the end of the object, and when it is none.
  bool next_key(bool is_first) noexcept {
    // ,"key": of less than eight bytes and without white space, as nearly all of them are written.
    if (is_first || *at_ == ',') {
      const std::uint8_t* const from = at_ + (is_first ? 1 : 2);
      const std::uint64_t word = load_word(from);
      const auto size = static_cast<std::size_t>(std::countr_zero(string_stops(word))) / 8;
      if (from[-1] == '"' && size < 8 && from[size] == '"' && from[size + 1] == ':') {
        set_token(from, size, word & low_bytes(size));
        at_ = from + size + 2;
        return true;
      }
    }
    return next('}', is_first) && key();
  }
  // True when the array has another element; its comma is consumed.
  bool next_element(bool is_first) noexcept { return next(']', is_first); }

  // Reads a string, which becomes the token.
  bool string() noexcept {
    if (peek() != '"') return fail();
    const std::uint8_t* const from = at_ + 1;
    const std::uint64_t word = load_word(from);
    const std::uint64_t stops = string_stops(word);
    if (stops == 0) return long_string(from, from + 8);
    const auto size = static_cast<std::size_t>(std::countr_zero(stops)) / 8;
    if (from[size] != '"') return long_string(from, from);
    set_token(from, size, word & low_bytes(size));
    raw_ = from;
    raw_size_ = size;
    at_ = from + size + 1;
    return true;
  }

  // The last key or string, escapes resolved; empty when it has escapes and is longer than any word.
  const std::uint8_t* token() const noexcept { return token_; }
  std::size_t token_size() const noexcept { return token_size_; }
  // The last string, but not key, as it stands in the text between its quotes.
  std::size_t raw_at() const noexcept { return static_cast<std::size_t>(raw_ - text_); }
  std::size_t raw_size() const noexcept { return raw_size_; }

  // Whether the token is `name`.
  template <std::size_t Size>
  bool is(const char (&name)[Size]) const noexcept {
    if (token_word_ != word_of(name) || token_size_ != Size - 1) return false;
    if constexpr (Size - 1 > 8) return std::memcmp(token_ + 8, name + 8, Size - 1 - 8) == 0;
    return true;
  }

  // A number, or a string that is one and nothing else; any other value is stepped over and is no number.
  template <Usual kUsual = Usual::Price>
  Decimal decimal() noexcept {
    Decimal number;
    const std::uint8_t first = peek();
    if (first == '"') {
      const std::uint8_t* const to = read_number<kUsual>(at_ + 1, &number);
      if (to == nullptr || *to != '"') return quoted_decimal();
      at_ = to + 1;
      return number;
    }
    if (first != '-' && (first < '0' || first > '9')) {
      skip();
      return number;
    }
    const std::uint8_t* const to = read_number<kUsual>(at_, &number);
    if (to == nullptr) {
      fail();
      return Decimal{};
    }
    at_ = to;
    return number;
  }

  // The same for what is long and whole: ids, times, numbers of updates.
  Decimal whole() noexcept { return decimal<Usual::Id>(); }

  // A string, or any other value, which is stepped over and leaves an empty token.
  void word() noexcept {
    if (peek() == '"') {
      string();
      return;
    }
    skip();
    set_token(at_, 0, 0);
  }

  // Steps over one value of any type, which must be JSON all the same.
  bool skip() noexcept;

  // Nothing but white space is left.
  bool finished() noexcept { return ok_ && peek() == 0 && at_ == end_; }

  // For loops that keep the position in a register: where the walk is, and where it goes on.
  const std::uint8_t* at() const noexcept { return at_; }
  void move_to(const std::uint8_t* at) noexcept { at_ = at; }
  // The same for one that stepped into an object or list on its way.
  void enter(const std::uint8_t* at) noexcept {
    at_ = at;
    depth_ += 1;
  }

 private:
  static constexpr std::uint64_t low_bytes(std::size_t count) noexcept { return (std::uint64_t{1} << (8 * count)) - 1; }
  static constexpr std::uint64_t bytes_of(std::uint8_t byte) noexcept { return byte * 0x0101010101010101u; }

  // The lowest set bit is the highest bit of the first byte that is a quote, a backslash or a control character.
  static std::uint64_t string_stops(std::uint64_t word) noexcept {
    const std::uint64_t quote = word ^ bytes_of('"');
    const std::uint64_t backslash = word ^ bytes_of('\\');
    const std::uint64_t stops = ((quote - bytes_of(1)) & ~quote) | ((backslash - bytes_of(1)) & ~backslash)
                                | ((word - bytes_of(' ')) & ~word);
    return stops & bytes_of(0x80);
  }

  void set_token(const std::uint8_t* from, std::size_t size, std::uint64_t word) noexcept {
    token_ = from;
    token_size_ = size;
    token_word_ = word;
  }

  bool expect(std::uint8_t byte) noexcept {
    if (peek() != byte) return fail();
    at_ += 1;
    return true;
  }

  bool start(std::uint8_t bracket) noexcept {
    if (peek() != bracket || depth_ == kDepthMax) return fail();
    at_ += 1;
    depth_ += 1;
    return true;
  }

  bool next(std::uint8_t close, bool is_first) noexcept {
    const std::uint8_t byte = peek();
    if (byte == close) {
      at_ += 1;
      depth_ -= 1;
      return false;
    }
    if (is_first) return true;
    if (byte != ',') return fail();
    at_ += 1;
    return true;
  }

  bool key() noexcept { return string() && expect(':'); }

  bool long_string(const std::uint8_t* from, const std::uint8_t* at) noexcept;
  bool escape() noexcept;
  void unescape(const std::uint8_t* from, const std::uint8_t* to) noexcept;
  Decimal quoted_decimal() noexcept;
  bool skip_scalar(std::uint8_t first) noexcept;
  bool after_value(std::uint32_t floor, std::uint64_t* objects) noexcept;

  const std::uint8_t* text_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* fault_ = nullptr;
  std::uint32_t depth_ = 0;
  bool ok_ = false;
  const std::uint8_t* token_ = nullptr;
  std::size_t token_size_ = 0;
  std::uint64_t token_word_ = 0;
  const std::uint8_t* raw_ = nullptr;
  std::size_t raw_size_ = 0;
  std::uint8_t unescaped_[kUnescapedSizeMax + kPadding] = {};
};

}  // namespace tcx::venue
