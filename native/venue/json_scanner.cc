// The parts of the walk that hot frames seldom need: strings of eight bytes and more, escapes, and stepping over values.
#include "venue/json_scanner.h"

namespace tcx::venue {
namespace {

// Value of a hexadecimal digit, or -1.
int hex_digit(std::uint8_t byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const int letter = byte | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// The four digits behind `\u`, which are known to be there.
std::uint32_t code_unit(const std::uint8_t* at) noexcept {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; i++) unit = unit * 16 + static_cast<std::uint32_t>(hex_digit(at[i]));
  return unit;
}

std::uint8_t simple_escape(std::uint8_t letter) noexcept {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
  }
}

// Writes a code point as UTF-8; half of a surrogate pair as three bytes, which equal no word. Returns how many bytes.
std::size_t put_utf8(std::uint32_t code, std::uint8_t* to) noexcept {
  const auto tail = [code](int shift) { return static_cast<std::uint8_t>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    to[0] = static_cast<std::uint8_t>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<std::uint8_t>(0xC0 | (code >> 6));
    to[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<std::uint8_t>(0xE0 | (code >> 12));
    to[1] = tail(6);
    to[2] = tail(0);
    return 3;
  }
  to[0] = static_cast<std::uint8_t>(0xF0 | (code >> 18));
  to[1] = tail(12);
  to[2] = tail(6);
  to[3] = tail(0);
  return 4;
}

}  // namespace

// Steps over the escape at `at_`, which must be one.
bool JsonScanner::escape() noexcept {
  const std::uint8_t letter = at_[1];
  if (letter == 'u') {
    for (int i = 2; i < 6; i++) {
      if (hex_digit(at_[i]) < 0) return fail();
    }
    at_ += 6;
    return true;
  }
  if (letter == 0 || std::strchr("\"\\/bfnrt", letter) == nullptr) return fail();
  at_ += 2;
  return true;
}

// A string that begins at `from` and has no end, escape or control character before `at`.
bool JsonScanner::long_string(const std::uint8_t* from, const std::uint8_t* at) noexcept {
  bool escaped = false;
  at_ = at;
  for (;;) {
    const std::uint64_t stops = string_stops(load_word(at_));
    if (stops == 0) {
      at_ += 8;
      continue;
    }
    at_ += std::countr_zero(stops) / 8;
    if (*at_ == '"') break;
    if (*at_ != '\\') return fail();
    escaped = true;
    if (!escape()) return false;
  }
  const auto size = static_cast<std::size_t>(at_ - from);
  set_token(from, size, size < 8 ? load_word(from) & low_bytes(size) : load_word(from));
  raw_ = from;
  raw_size_ = size;
  if (escaped) unescape(from, at_);
  at_ += 1;
  return true;
}

// Makes the string [from, to), whose escapes are known to be good, the token without them.
void JsonScanner::unescape(const std::uint8_t* from, const std::uint8_t* to) noexcept {
  std::size_t size = 0;
  for (const std::uint8_t* at = from; at < to && size <= kUnescapedSizeMax;) {
    if (*at != '\\') {
      unescaped_[size++] = *at++;
    } else if (at[1] != 'u') {
      unescaped_[size++] = simple_escape(at[1]);
      at += 2;
    } else {
      std::uint32_t code = code_unit(at + 2);
      at += 6;
      if (code >= 0xD800 && code < 0xDC00 && to - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        const std::uint32_t low = code_unit(at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          at += 6;
        }
      }
      size += put_utf8(code, unescaped_ + size);
    }
  }
  if (size > kUnescapedSizeMax) size = 0;
  std::memset(unescaped_ + size, 0, kPadding);
  token_ = unescaped_;
  token_size_ = size;
  token_word_ = load_word(unescaped_);
}

Decimal JsonScanner::quoted_decimal() noexcept {
  Decimal number;
  if (!string()) return number;
  return read_number(token_, &number) == token_ + token_size_ ? number : Decimal{};
}

bool JsonScanner::skip_scalar(std::uint8_t first) noexcept {
  if (first == 't' && std::memcmp(at_, "true", 4) == 0) {
    at_ += 4;
  } else if (first == 'f' && std::memcmp(at_, "false", 5) == 0) {
    at_ += 5;
  } else if (first == 'n' && std::memcmp(at_, "null", 4) == 0) {
    at_ += 4;
  } else {
    Decimal number;
    const std::uint8_t* const to = read_number(at_, &number);
    if (to == nullptr) return fail();
    at_ = to;
  }
  return true;
}

// What follows a value inside the containers opened since `floor`: closes those that end here, and steps over a comma and
// the key behind it. False: the outermost is closed, or something else stands there.
bool JsonScanner::after_value(std::uint32_t floor, std::uint64_t* objects) noexcept {
  while (depth_ > floor) {
    const bool in_object = (*objects & 1) != 0;
    if (next(in_object ? '}' : ']', false)) return !in_object || key();
    if (!ok_) return false;
    *objects >>= 1;
  }
  return false;
}

bool JsonScanner::skip() noexcept {
  const std::uint32_t floor = depth_;
  std::uint64_t objects = 0;  // the lowest bit: the innermost container is an object
  for (;;) {
    const std::uint8_t first = peek();
    if (first == '"') {
      if (!string()) return false;
    } else if (first == '{' || first == '[') {
      if (!start(first)) return false;
      const bool is_object = first == '{';
      if (next(is_object ? '}' : ']', true)) {
        objects = objects << 1 | (is_object ? 1 : 0);
        if (is_object && !key()) return false;
        // The first value inside comes next, whatever encloses it.
        continue;
      }
    } else if (!skip_scalar(first)) {
      return false;
    }
    if (!after_value(floor, &objects)) return ok_;
  }
}

}  // namespace tcx::venue
