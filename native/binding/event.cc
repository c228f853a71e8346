// NativeEvent: EventMemory as seen from TypeScript, and cold access to whole bodies.
#include "binding/event.h"

#include <vector>

#include "base/integers.h"
#include "binding/registrations.h"
#include "event/decode.h"
#include "event/limits.h"

namespace tcx::binding {
namespace {

constexpr napi_type_tag kEventTag{0x7463782e6576656e, 0x742e6d656d6f7279};

struct EventInstance {
  EventMemory memory{};
  std::vector<std::uint64_t> loaded;  // the bytes of the last load(), 8-aligned
};

napi_value load(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  auto* const event = arguments_of<EventInstance>(env, info, values);
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (!bytes_argument(env, values[0], &bytes, &size)) {
    return make_number(env, static_cast<double>(Status::Malformed));
  }
  if (size > kBodySizeMax) return make_number(env, static_cast<double>(Status::TooLarge));
  std::vector<std::uint64_t> copy((size + 7) / 8);
  auto* const body = reinterpret_cast<std::uint8_t*>(copy.data());
  for (std::size_t i = 0; i < size; i++) body[i] = bytes[i];
  const Status status = decode_event(body, static_cast<std::uint32_t>(size), event->memory);
  if (status != Status::Ok) return make_number(env, static_cast<double>(status));
  event->loaded = std::move(copy);
  const double kind = event->memory.input[slot(Slot::Kind)];
  const auto body_kind = static_cast<event::Body>(kind);
  event->memory.input[slot(Slot::Class)] = static_cast<double>(class_of(body_kind));
  // Without a journal's header nothing else says when the session began.
  if (body_kind == event::Body::SessionStarted) {
    event->memory.epoch = event::GetEvent(body)->body_as_SessionStarted()->epoch();
  }
  return make_number(env, kind);
}

napi_value body(napi_env env, napi_callback_info info) noexcept {
  const auto& memory = instance_of<EventInstance>(env, info)->memory;
  return make_bytes(env, memory.body, memory.body == nullptr ? 0 : memory.body_size);
}

void release_reference(napi_env, void* reference, void*) noexcept {
  delete static_cast<std::shared_ptr<EventInstance>*>(reference);
}

napi_value create_event(napi_env env, napi_callback_info) noexcept {
  auto event = std::make_shared<EventInstance>();
  ObjectBuilder builder(env, event);
  builder.doubles("input", event->memory.input, kSlotCount)
      .doubles("inputEntries", event->memory.input_entries, kInputEntryCount)
      .doubles("outcome", event->memory.outcome, kSlotCount)
      .doubles("outcomeEntries", event->memory.outcome_entries, kOutcomeEntryCount)
      .function("load", load)
      .function("body", body);
  auto* const reference = new std::shared_ptr<EventInstance>(std::move(event));
  [[maybe_unused]] napi_status status =
      napi_wrap(env, builder.object(), reference, release_reference, nullptr, nullptr);
  assert(status == napi_ok);
  status = napi_type_tag_object(env, builder.object(), &kEventTag);
  assert(status == napi_ok);
  return builder.object();
}

}  // namespace

std::shared_ptr<EventMemory> event_argument(napi_env env, napi_value value) noexcept {
  bool tagged = false;
  void* reference = nullptr;
  if (napi_check_object_type_tag(env, value, &kEventTag, &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, value, &reference) != napi_ok) {
    napi_throw_type_error(env, nullptr, "expected a NativeEvent made by createEvent()");
    return nullptr;
  }
  const auto& event = *static_cast<std::shared_ptr<EventInstance>*>(reference);
  return {event, &event->memory};
}

void register_event(napi_env env, napi_value exports) {
  define_function(env, exports, "createEvent", create_event, nullptr);
}

}  // namespace tcx::binding
