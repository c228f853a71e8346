// The addon's entry: what it exports, and the numbers that tell TypeScript whether it is the addon it was compiled for.
#include "binding/args.h"

#include <napi.h>

#include "binding/registrations.h"
#include "journal/file_header.h"

namespace {

// Raised whenever a signature or a view that daemon/binding/addon.ts relies on changes.
constexpr int kAbi = 2;

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("abi", Napi::Number::New(env, kAbi));
  exports.Set("schemaHash", Napi::String::New(env, tcx::journal::hex_of(tcx::journal::build_schema_hash())));
  tcx::binding::register_event(env, exports);
  tcx::binding::register_books(env, exports);
  tcx::binding::register_journal(env, exports);
  tcx::binding::register_clock(env, exports);
  tcx::binding::register_thread(env, exports);
  tcx::binding::register_peer_credentials(env, exports);
  tcx::binding::register_market_decoder(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(tcx, initialise)
