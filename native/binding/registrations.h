// What module.cc registers, one function per source file in this folder.
#pragma once

#include "binding/args.h"

namespace tcx::binding {

void register_event(napi_env env, napi_value exports);
void register_books(napi_env env, napi_value exports);
void register_journal(napi_env env, napi_value exports);
void register_clock(napi_env env, napi_value exports);
void register_thread(napi_env env, napi_value exports);
void register_peer_credentials(napi_env env, napi_value exports);
void register_market_decoder(napi_env env, napi_value exports);

}  // namespace tcx::binding
