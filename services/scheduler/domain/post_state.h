// How a post stands, derived from its targets, its approval and the time. Pure functions over Post values.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "carillon/scheduler/v1/post.pb.h"

namespace carillon::scheduler {

constexpr absl::Duration kStaleAfterDefault = absl::Minutes(15);
constexpr absl::Duration kRetryFirst = absl::Seconds(60);
constexpr absl::Duration kRetryMax = absl::Minutes(10);

// How late a dispatch of this post may still go out.
absl::Duration StaleAfter(const v1::PostDraft& draft);
absl::Time DueAt(const v1::PostDraft& draft);

// An approval holds only for exactly the present content.
bool IsApproved(const v1::Post& post);

// True if the publisher has an order for this target's present id that may still have an outside effect.
bool WasDispatched(const v1::Target& target);
// True if no order of this post ever left.
bool NeverDispatched(const v1::Post& post);

v1::PostState DeriveState(const v1::Post& post);

// Why targets that wait are looked at: when a due time is given ("entering"), too late is judged by the stale policy whether the
// post is approved or not; when it is reached, a post without approval is EXPIRED.
enum class SettleWhy { kEntering, kTimePasses };

// When something is decided. Reads as a time wherever only that matters.
struct Moment {
  Moment(absl::Time time, absl::Time restored = absl::InfinitePast(), absl::Duration lead = absl::ZeroDuration())
      : now(time), restored_until(restored), prepare_lead(lead) {}
  operator absl::Time() const { return now; }
  absl::Time now;
  // Kafka was put back from an older copy: what was dispatched up to then may be missing from the log.
  absl::Time restored_until;
  // Media are uploaded so long before they are due; zero: not before.
  absl::Duration prepare_lead;
};

// It was due in the time that the log has lost, is approved, and has targets without an order: they may have had one. They are
// dispatched however late it is, because only the publisher can find out.
bool MayHaveBeenDispatched(const v1::Post& post, Moment now);

// Ends waiting targets whose time has passed: EXPIRED or HELD. Dispatches nothing.
void Settle(SettleWhy why, Moment now, v1::Post* post);

// Sets `state`, `retry_at` and `next_at` from the rest of the post.
void Derive(Moment now, v1::Post* post);

// 60 s, twice as long each time, at most 10 min.
absl::Duration RetryDelay(int retries);

}  // namespace carillon::scheduler
