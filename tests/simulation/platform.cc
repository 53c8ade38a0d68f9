#include "tests/simulation/platform.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/ids.h"

namespace carillon::simulation {
namespace {

using platform::ErrorClass;
using platform::LookupOutcome;
using platform::PublishOutcome;

constexpr absl::Duration kRoundTripMax = absl::Milliseconds(300);
// A server that accepts later than the publisher's settling time after send_before breaks what is stated; these come before it.
constexpr absl::Duration kAcceptedLateMax = absl::Seconds(15);

}  // namespace

bool Platform::KeepsKeys(const std::string& account_id) const {
  return (Murmur2(account_id) & 1) == 0;
}

const AcceptedPost& Platform::Accept(const platform::PublishRequest& request,
                                     absl::Time asked_at) {
  if (KeepsKeys(request.access.account_id)) {
    for (const AcceptedPost& post : posts_) {
      if (post.delivery_id == request.idempotency_key) return post;
    }
  }
  posts_.push_back({request.idempotency_key, request.access.account_id, request.content.text,
                    fmt::format("r{}", posts_.size() + 1), world_.log.Now(), asked_at,
                    !request.content.in_reply_to_remote_id.empty()});
  return posts_.back();
}

std::vector<AcceptedPost> Platform::Listing(const std::string& account_id,
                                            absl::Time since) const {
  std::vector<AcceptedPost> out;
  for (const AcceptedPost& post : posts_) {
    if (post.account_id == account_id && post.at >= since) out.push_back(post);
  }
  return out;
}

platform::PublishOutcome SimConnector::Publish(const platform::PublishRequest& request) {
  platform::PublishOutcome outcome;
  if (!request.may_send()) {
    outcome.kind = platform::PublishOutcome::Kind::kNotSent;
    return outcome;
  }
  const absl::Time asked_at = process_.world().log.Now();
  // Between the question and the first byte: who is frozen here must never send.
  World& world = process_.world();
  if (world.Fault(Site::kFrozenBeforeFirstByte, 60)) {
    const absl::Duration time = world.random.Time(absl::Seconds(10), absl::Seconds(90));
    world.fibers.At(world.fibers.now(), [&world, number = process_.number(), time] {
      world.freeze(number, time);
    });
  }
  process_.Effect();
  return Exchange(request, asked_at);
}

platform::PublishOutcome SimConnector::Exchange(const platform::PublishRequest& request,
                                      absl::Time asked_at) {
  World& world = process_.world();
  platform::PublishOutcome lost;
  lost.error = "the answer was lost";
  if (world.Fault(Site::kRequestLost, 25)) {
    world.fibers.Wait(request.timeout);
    return lost;
  }
  if (world.Fault(Site::kRefusedForNow, 25)) {
    platform::PublishOutcome refused;
    refused.kind = platform::PublishOutcome::Kind::kRefused;
    refused.error_class = platform::ErrorClass::kRetryable;
    return refused;
  }
  absl::Time& limited = platform_.limited_until[request.access.account_id];
  if (world.Fault(Site::kRateLimited, 40)) {
    limited = world.log.Now() + world.random.Time(absl::Seconds(1), absl::Seconds(10));
  }
  if (world.log.Now() < limited) {
    platform::PublishOutcome refused;
    refused.kind = platform::PublishOutcome::Kind::kRefused;
    refused.error_class = platform::ErrorClass::kRateLimited;
    refused.retry_at = limited;
    return refused;
  }
  if (world.Fault(Site::kAcceptedLate, 25)) {
    const absl::Duration late = world.random.Time(absl::Seconds(1), kAcceptedLateMax);
    world.fibers.At(world.fibers.now() + late,
                    [&platform = platform_, request, asked_at] { platform.Accept(request, asked_at); });
    world.fibers.Wait(request.timeout);
    return lost;
  }
  const AcceptedPost accepted = platform_.Accept(request, asked_at);
  if (world.Fault(Site::kAnswerLost, 15)) {
    world.fibers.Wait(request.timeout);
    return lost;
  }
  world.fibers.Wait(world.random.Time(absl::Milliseconds(1), kRoundTripMax));
  platform::PublishOutcome outcome;
  outcome.kind = platform::PublishOutcome::Kind::kPublished;
  outcome.remote_id = accepted.remote_id;
  outcome.remote_url = "https://platform.example/" + accepted.remote_id;
  return outcome;
}

platform::LookupOutcome SimConnector::Lookup(const platform::LookupRequest& request) {
  World& world = process_.world();
  platform::LookupOutcome outcome;
  process_.Effect();
  if (world.Fault(Site::kLookupFailed, 5)) {
    outcome.error = "503";
    return outcome;
  }
  // Five minutes for clocks that differ, as a real connector allows.
  const auto listing =
      platform_.Listing(request.access.account_id, request.since - absl::Minutes(5));
  outcome.kind = platform::LookupOutcome::Kind::kAbsent;
  for (const AcceptedPost& post : listing) {
    const bool known = std::find(request.known_remote_ids.begin(), request.known_remote_ids.end(),
                                 post.remote_id) != request.known_remote_ids.end();
    if (known || post.text != request.content.text) continue;
    outcome.kind = outcome.kind == platform::LookupOutcome::Kind::kAbsent ? platform::LookupOutcome::Kind::kFound
                                                               : platform::LookupOutcome::Kind::kAmbiguous;
    outcome.remote_id = post.remote_id;
  }
  world.fibers.Wait(world.random.Time(absl::Milliseconds(1), kRoundTripMax));
  return outcome;
}

}  // namespace carillon::simulation
