// The scanner on its own: numbers, strings, escapes, structure, and that nothing behind the text is looked at.
#include "venue/json_scanner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tcx::venue {
namespace {

// A text with its padding, in memory of exactly that size: a sanitizer sees every byte read behind it.
class Scan {
 public:
  explicit Scan(std::string_view text) : memory_(std::make_unique<std::uint8_t[]>(text.size() + kPadding)) {
    std::memcpy(memory_.get(), text.data(), text.size());
    scanner.open(memory_.get(), text.size());
  }
  JsonScanner scanner;

 private:
  std::unique_ptr<std::uint8_t[]> memory_;
};

std::string token_of(const JsonScanner& scanner) {
  return {reinterpret_cast<const char*>(scanner.token()), scanner.token_size()};
}

struct Number {
  const char* text;
  std::int64_t mantissa;
  std::int32_t decimals;
};

TEST(JsonScanner, ReadsNumbersExactlyAsWritten) {
  const Number numbers[] = {
      {"0", 0, 0}, {"-0", 0, 0}, {"64525.0", 645250, 1}, {"0.77490540", 77490540, 8}, {"1.0E-7", 10, 8}, {"1e-7", 1, 7},
      {"12E+3", 12, -3}, {"1.5e1", 15, 0}, {"-2.50", -250, 2}, {"9007199254740991", 9007199254740991, 0},
      {"-9007199254740991", -9007199254740991, 0}, {"61737.63000000", 6173763000000, 8},
      {"0.0000000000000000000000012", 12, 25}, {"1e400", 1, -400},
      {"0.12345678", 12345678, 8}, {"123456789012.3456", 1234567890123456, 4}, {"8.00000000", 800000000, 8},
      {"99999997.00000000", 99999997, 0}, {"-90071992547409.9100", -9007199254740991, 2},
      {"99999997.00000000e2", 99999997, -2},
  };
  for (const Number& each : numbers) {
    for (const std::string& text : {std::string(each.text), "\"" + std::string(each.text) + "\""}) {
      Scan scan(text);
      const Decimal number = scan.scanner.decimal();
      EXPECT_TRUE(number.exact) << text;
      EXPECT_EQ(number.mantissa, each.mantissa) << text;
      EXPECT_EQ(number.decimals, each.decimals) << text;
      EXPECT_TRUE(scan.scanner.finished()) << text;
    }
  }
}

TEST(JsonScanner, NoticesWhatIsTooLongForASafeInteger) {
  for (const char* text : {"9007199254740992", "-9007199254740993", "12345678.123456789", "100000000000000000000000000",
                           "18446744073709551617", "184467440737095516.17", "1e401", "1e-401", "0.1e99999999999999"}) {
    Scan scan(text);
    const Decimal number = scan.scanner.decimal();
    EXPECT_FALSE(number.exact) << text;
    EXPECT_TRUE(std::isnan(mantissa_of(number))) << text;
    EXPECT_EQ(decimals_of(number), 0) << text;
    EXPECT_TRUE(scan.scanner.finished()) << text;
  }
}

TEST(JsonScanner, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", ".5", "1.", "1e", "1e+", "+1", "01", "-01", "1.e1", "NaN", "0x1", "1_0"}) {
    Scan bare(text);
    bare.scanner.decimal();
    EXPECT_FALSE(bare.scanner.finished()) << text;
    Scan quoted("\"" + std::string(text) + "\"");
    EXPECT_FALSE(quoted.scanner.decimal().exact) << text;
    EXPECT_TRUE(quoted.scanner.finished()) << text;
  }
}

TEST(JsonScanner, EveryDigitCountOnBothSidesOfThePoint) {
  for (int whole = 1; whole <= 24; whole++) {
    for (int fraction = 0; fraction <= 24; fraction++) {
      const std::string digits = "123456789112345678911234";
      const std::string text = digits.substr(0, whole) + (fraction > 0 ? "." + digits.substr(0, fraction) : "");
      Scan scan(text);
      const Decimal number = scan.scanner.decimal();
      ASSERT_TRUE(scan.scanner.finished()) << text;
      const std::string all = digits.substr(0, whole) + digits.substr(0, fraction);
      const bool fits = all.size() < 16 || (all.size() == 16 && all <= "9007199254740991");
      ASSERT_EQ(number.exact, fits) << text;
      if (!fits) continue;
      ASSERT_EQ(number.mantissa, std::stoll(all)) << text;
      ASSERT_EQ(number.decimals, fraction) << text;
    }
  }
}

TEST(JsonScanner, ReadsStringsOfEverySizeAndKeepsTheirPlace) {
  for (std::size_t size = 0; size < 40; size++) {
    const std::string content = std::string("abcdefghijklmnopqrstuvwxyz0123456789ABCD").substr(0, size);
    Scan scan("  \"" + content + "\"");
    ASSERT_TRUE(scan.scanner.string());
    EXPECT_EQ(token_of(scan.scanner), content);
    EXPECT_EQ(scan.scanner.raw_at(), 3u);
    EXPECT_EQ(scan.scanner.raw_size(), size);
    EXPECT_TRUE(scan.scanner.finished());
  }
}

TEST(JsonScanner, ComparesTokensWhole) {
  Scan scan(R"(["timestamp","timestamq","timestam","","checksum","checksu\u006d"])");
  JsonScanner& s = scan.scanner;
  s.start_array();
  std::vector<int> found;
  for (bool is_first = true; s.next_element(is_first); is_first = false) {
    s.string();
    found.push_back(s.is("timestamp") ? 1 : s.is("checksum") ? 2 : s.is("") ? 3 : 0);
  }
  EXPECT_EQ(found, (std::vector<int>{1, 0, 0, 3, 2, 2}));
}

TEST(JsonScanner, ResolvesEscapes) {
  const std::pair<const char*, std::string> strings[] = {
      {R"("BTC\/USD")", "BTC/USD"}, {R"("\"\\\b\f\n\r\t")", "\"\\\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20AC")", "A\xC3\xA9\xE2\x82\xAC"},
      {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
      {R"("\ud83dx")", "\xED\xA0\xBDx"}, {R"("a\u0000b")", std::string("a\0b", 3)},
  };
  for (const auto& [text, expected] : strings) {
    Scan scan(text);
    ASSERT_TRUE(scan.scanner.string()) << text;
    EXPECT_EQ(token_of(scan.scanner), expected) << text;
  }
  Scan endless("\"" + std::string(300, 'x') + "\\n\"");
  ASSERT_TRUE(endless.scanner.string());
  EXPECT_EQ(endless.scanner.token_size(), 0u);
  EXPECT_EQ(endless.scanner.raw_size(), 302u);
}

TEST(JsonScanner, RefusesStringsThatAreNone) {
  for (const std::string& text : {std::string("\""), std::string("\"abc"), std::string("\"a\\"), std::string("\"a\\x\""),
                                  std::string("\"\\u12\""), std::string("\"\\u123g\""), std::string("\"a\nb\""),
                                  std::string("\"a\0b\"", 5), std::string("\"12345678\x1f\"")}) {
    Scan scan(text);
    EXPECT_FALSE(scan.scanner.string()) << text;
    EXPECT_FALSE(scan.scanner.ok()) << text;
  }
}

TEST(JsonScanner, StepsOverAnyValueAndNothingElse) {
  const std::string deep = std::string(32, '[') + std::string(32, ']');
  const std::string values[] = {"{}", "[]", " [ ] ", "{\"a\":[1,{\"b\":null}],\"c\":{}}",
                                "[true,false,null,-1.5e+3,\"x\\\"y\"]", "[[],{},[{}]]", deep};
  for (const std::string& text : values) {
    Scan scan(text);
    EXPECT_TRUE(scan.scanner.skip()) << text;
    EXPECT_TRUE(scan.scanner.finished()) << text;
  }
  const std::string others[] = {"[1,]", "[,1]", "{\"a\"}", "{\"a\":1,}", "{1:2}", "[1 2]", "[}", "{]", "[1}", "tru", "nul",
                                "[[]", "{\"a\":1 \"b\":2}", "[1:2]", "[" + deep + "]"};
  for (const std::string& text : others) {
    Scan scan(text);
    EXPECT_FALSE(scan.scanner.skip() && scan.scanner.finished()) << text;
  }
}

TEST(JsonScanner, EveryPrefixOfATextEndsTheWalkWithinIt) {
  const std::string text = R"({"a":[1.25,"x\u0041yz12345678",{"b":true}],"c":null,"d":"0.5"})";
  for (std::size_t size = 0; size < text.size(); size++) {
    Scan scan(std::string_view(text).substr(0, size));
    scan.scanner.skip();
    EXPECT_FALSE(scan.scanner.finished()) << size;
    EXPECT_LE(scan.scanner.position(), size);
  }
}

}  // namespace
}  // namespace tcx::venue
