// Lines of a Jetstream (github.com/bluesky-social/jetstream, version 1): every public commit of the network as JSON, in about the order of
// its times. Pure.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/platform/json.h"
#include "common/platform/stream.h"

namespace carillon::bluesky {

struct JetstreamEvent {
  enum class Kind { kCreate, kUpdate, kDelete, kIdentity, kAccount };
  Kind kind = Kind::kCreate;
  std::string did;
  int64_t time_us = 0;
  std::string collection, rkey, cid;  // of a commit
  platform::Json record;              // of a create or update

  std::string Uri() const { return "at://" + did + "/" + collection + "/" + rkey; }
};

// UNAVAILABLE for what is no line of a Jetstream: half of one is never guessed. Kinds that are not known are an error too.
Result<JetstreamEvent> ReadJetstream(std::string_view line);

// What it is to each account and query of the audience. Names of the author are left out (Pushed::author_id).
platform::StreamEvent PushedBy(const JetstreamEvent& event, const platform::StreamAudience& audience);

// A cursor goes back so far when it is used: lines come in about the order of their times only.
inline constexpr absl::Duration kJetstreamRewind = absl::Seconds(5);

}  // namespace carillon::bluesky
