// Books for TypeScript: `createBooks(event, instrumentCount)` of daemon/binding/addon.ts. Hot calls take and return
// numbers; everything else is read through views of memory the books own.
#include "book/books.h"

#include <cassert>
#include <memory>
#include <utility>

#include "binding/args.h"
#include "binding/event.h"
#include "binding/registrations.h"

namespace tcx::binding {
namespace {

using book::Books;

// A Books, the EventMemory it reads, and the two halves of the last digest.
struct BooksInstance {
  BooksInstance(std::shared_ptr<EventMemory> shared, std::uint32_t instrument_count)
      : memory(std::move(shared)), books(*memory, instrument_count) {}
  std::shared_ptr<EventMemory> memory;
  Books books;
  double digest_words[2] = {0, 0};
};

std::uint32_t index_argument(napi_env env, napi_value value) noexcept {
  const double number = number_argument(env, value);
  assert(number >= 0 && number <= 4294967295.0 && "Invariant: JavaScript passes an index or a count");
  return static_cast<std::uint32_t>(number);
}

book::Side side_argument(napi_env env, napi_value value) noexcept {
  const double number = number_argument(env, value);
  assert((number == 0 || number == 1) && "Invariant: a side is 0 (buy) or 1 (sell)");
  return number == 0 ? book::Side::Buy : book::Side::Sell;
}

napi_value define(napi_env env, napi_callback_info info) noexcept {
  napi_value values[3];
  auto* instance = arguments_of<BooksInstance>(env, info, values);
  const view::Status status = instance->books.define(index_argument(env, values[0]), index_argument(env, values[1]),
                                                     index_argument(env, values[2]));
  return make_number(env, static_cast<double>(status));
}

napi_value apply(napi_env env, napi_callback_info info) noexcept {
  return make_number(env, instance_of<BooksInstance>(env, info)->books.apply());
}

napi_value clear(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  auto* instance = arguments_of<BooksInstance>(env, info, values);
  instance->books.clear(index_argument(env, values[0]));
  return nullptr;
}

napi_value load(napi_env env, napi_callback_info info) noexcept {
  napi_value values[3];
  auto* instance = arguments_of<BooksInstance>(env, info, values);
  const std::uint32_t count = instance->books.load(index_argument(env, values[0]), side_argument(env, values[1]),
                                                   index_argument(env, values[2]));
  return make_number(env, count);
}

napi_value quantity_at(napi_env env, napi_callback_info info) noexcept {
  napi_value values[3];
  auto* instance = arguments_of<BooksInstance>(env, info, values);
  const double price = number_argument(env, values[2]);
  assert(price >= -9007199254740991.0 && price <= 9007199254740991.0 && "Invariant: a price is a safe integer");
  const std::int64_t quantity = instance->books.quantity_at(
      index_argument(env, values[0]), side_argument(env, values[1]), static_cast<std::int64_t>(price));
  return make_number(env, static_cast<double>(quantity));
}

napi_value digest(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  auto* instance = arguments_of<BooksInstance>(env, info, values);
  const std::uint64_t digest = instance->books.digest(index_argument(env, values[0]));
  instance->digest_words[0] = static_cast<double>(digest & 0xffffffffU);
  instance->digest_words[1] = static_cast<double>(digest >> 32);
  return nullptr;
}

napi_value create_books(napi_env env, napi_callback_info info) noexcept {
  napi_value values[2];
  arguments_of<void>(env, info, values);
  std::shared_ptr<EventMemory> memory = event_argument(env, values[0]);
  if (!memory) return nullptr;
  const double count = number_argument(env, values[1]);
  if (!(count >= 1 && count <= book::kInstrumentsMax)) {
    return throw_status(env, Status::BadValue,
                        "books need 1 to " + std::to_string(book::kInstrumentsMax) + " instruments");
  }
  auto instance = std::make_shared<BooksInstance>(std::move(memory), static_cast<std::uint32_t>(count));
  ObjectBuilder builder(env, instance);
  builder.doubles("view", instance->books.view(), instance->books.view_size())
      .doubles("levels", instance->books.levels(), Books::levels_size())
      .doubles("digestWords", instance->digest_words, 2)
      .function("define", define)
      .function("apply", apply)
      .function("clear", clear)
      .function("load", load)
      .function("quantityAt", quantity_at)
      .function("digest", digest);
  return builder.object();
}

}  // namespace

void register_books(napi_env env, napi_value exports) {
  define_function(env, exports, "createBooks", create_books, nullptr);
}

}  // namespace tcx::binding
