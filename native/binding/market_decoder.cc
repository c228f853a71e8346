// Market decoders for TypeScript: `createMarketDecoder(dialect, symbols)` of daemon/binding/addon.ts. One call a frame,
// which returns its kind; everything else is read through views of memory the decoder owns.
#include "venue/market_decoder.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "binding/args.h"
#include "binding/registrations.h"

namespace tcx::binding {
namespace {

using venue::MarketDecoder;

napi_value decode(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  auto* decoder = arguments_of<MarketDecoder>(env, info, values);
  const std::uint8_t* frame = nullptr;
  std::size_t size = 0;
  if (!bytes_argument(env, values[0], &frame, &size)) {
    return throw_status(env, Status::BadValue, "a frame to decode is a Uint8Array");
  }
  napi_value kind = nullptr;
  napi_create_uint32(env, static_cast<std::uint32_t>(decoder->decode(frame, size)), &kind);
  return kind;
}

std::vector<std::string> strings_argument(napi_env env, napi_value value) {
  std::uint32_t count = 0;
  if (napi_get_array_length(env, value, &count) != napi_ok) return {};
  std::vector<std::string> strings;
  for (std::uint32_t i = 0; i < count; i++) {
    napi_value element = nullptr;
    napi_get_element(env, value, i, &element);
    strings.push_back(string_argument(env, element));
  }
  return strings;
}

napi_value create_market_decoder(napi_env env, napi_callback_info info) noexcept {
  napi_value values[2];
  arguments_of<void>(env, info, values);
  const std::string dialect = string_argument(env, values[0]);
  std::shared_ptr<MarketDecoder> decoder = venue::make_market_decoder(dialect, strings_argument(env, values[1]));
  if (!decoder) {
    return throw_status(env, Status::BadValue,
                        "market decoder: found dialect " + dialect + " or symbols it cannot hold; expected kraken, " +
                            "kraken-v1, binance, okx or bitget, and at most " + std::to_string(venue::kSymbolCountMax) +
                            " symbols of 1 to " + std::to_string(venue::kSymbolSizeMax) + " bytes");
  }
  ObjectBuilder builder(env, decoder);
  builder.doubles("frame", decoder->frame(), venue::kFrameViewSize)
      .doubles("books", decoder->books(), venue::kBookCountMax * venue::kBookStride)
      .doubles("trades", decoder->trades(), venue::kTradeCountMax * venue::kTradeStride)
      .doubles("levels", decoder->levels(), venue::kLevelCountMax * venue::kLevelStride)
      .function("decode", decode);
  return builder.object();
}

}  // namespace

void register_market_decoder(napi_env env, napi_value exports) {
  define_function(env, exports, "createMarketDecoder", create_market_decoder, nullptr);
}

}  // namespace tcx::binding
