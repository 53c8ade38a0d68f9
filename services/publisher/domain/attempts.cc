#include "services/publisher/domain/attempts.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/utf8.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr size_t kErrorSizeMax = 500;

}  // namespace

v1::Attempt* FindAttempt(v1::Delivery& delivery, int number) {
  for (v1::Attempt& attempt : *delivery.mutable_attempts()) {
    if (attempt.number() == number) return &attempt;
  }
  return nullptr;
}

v1::Attempt& LatestAttempt(v1::Delivery& delivery) {
  CARILLON_CHECK(delivery.attempts_size() > 0, "{} has no attempt", delivery.id());
  return *delivery.mutable_attempts(delivery.attempts_size() - 1);
}

v1::Attempt& AddAttempt(v1::Delivery& delivery, absl::Time now, absl::Time send_before,
                        int kept_max) {
  while (delivery.attempts_size() >= kept_max) {
    delivery.mutable_attempts()->erase(delivery.mutable_attempts()->begin());
  }
  delivery.set_attempt_count(delivery.attempt_count() + 1);
  v1::Attempt& attempt = *delivery.add_attempts();
  attempt.set_number(delivery.attempt_count());
  *attempt.mutable_started_at() = ToProto(now);
  *attempt.mutable_send_before() = ToProto(send_before);
  if (!delivery.has_first_sending_at()) *delivery.mutable_first_sending_at() = ToProto(now);
  if (!delivery.has_unsettled_since()) *delivery.mutable_unsettled_since() = ToProto(now);
  return attempt;
}

void EndAttempt(v1::Attempt& attempt, const char* how, absl::Time at, std::string_view reason,
                std::string_view error) {
  attempt.set_outcome(how);
  *attempt.mutable_ended_at() = ToProto(at);
  attempt.set_error_reason(std::string(reason));
  attempt.set_error(std::string(CutUtf8(error, kErrorSizeMax)));
}

void ClearDoubt(v1::Delivery& delivery, const v1::Attempt& attempt) {
  if (FromProto(delivery.unsettled_since()) >= FromProto(attempt.started_at())) {
    delivery.clear_unsettled_since();
  }
}

absl::Time ExpiresAt(const v1::Delivery& delivery) {
  return FromProto(delivery.has_retry_until() ? delivery.retry_until()
                                              : delivery.dispatch().not_after());
}

absl::Duration WaitFor(const v1::Delivery& delivery, absl::Time now, absl::Duration least,
                       absl::Duration most) {
  const absl::Time since = std::max(FromProto(delivery.accepted_at()),
                                    FromProto(delivery.dispatch().not_before()));
  const absl::Duration wait = std::clamp((now - since) / 4, least, most);
  return wait + wait / 100 * (Murmur2(delivery.id()) & 31);
}

bool KeyHolds(const v1::Account& account, const v1::Delivery& delivery, absl::Time now,
              const Rules& rules) {
  const absl::Duration window = absl::Seconds(account.limits().idempotency_window_s());
  // A message has no key on platforms whose posts have one.
  return delivery.has_first_sending_at() && delivery.dispatch().content().conversation_remote_id().empty() &&
         now + rules.send_budget - FromProto(delivery.first_sending_at()) < window;
}

void TrackDoubt(v1::Account& account, const v1::Delivery& delivery) {
  auto& open = *account.mutable_open();
  const auto entry = std::find_if(open.begin(), open.end(), [&](const v1::OpenDelivery& item) {
    return item.delivery_id() == delivery.id();
  });
  const bool in_doubt = MayBeOut(delivery);
  if (in_doubt && entry == open.end()) {
    v1::OpenDelivery& added = *open.Add();
    added.set_delivery_id(delivery.id());
    added.set_text_key(delivery.text_key());
    for (const v1::OwnPost& post : account.recent()) {
      if (post.text_key() == delivery.text_key()) added.add_known_remote_ids(post.remote_id());
    }
  } else if (!in_doubt && entry != open.end()) {
    open.erase(entry);
  }
}

namespace {

// A record from before the ends were kept, or changed by a binary that doesn't know them, starts anew.
void AlignWaiting(v1::Account& account) {
  if (account.waiting_end_ms_size() == account.waiting_size()) return;
  account.mutable_waiting_end_ms()->Clear();
  account.mutable_waiting_end_ms()->Resize(account.waiting_size(), 0);
}

}  // namespace

bool IsWaiting(const v1::Account& account, std::string_view delivery_id) {
  return std::find(account.waiting().begin(), account.waiting().end(), delivery_id) != account.waiting().end();
}

bool AddWaiting(v1::Account& account, const v1::Delivery& delivery, int waiting_max) {
  AlignWaiting(account);
  auto& waiting = *account.mutable_waiting();
  auto& ends = *account.mutable_waiting_end_ms();
  if (IsWaiting(account, delivery.id())) return false;
  const int64_t end = delivery.dispatch().part() > 0 ? 0 : absl::ToUnixMillis(ExpiresAt(delivery));
  const auto at = static_cast<int>(std::upper_bound(ends.begin(), ends.end(), end) - ends.begin());
  if (at >= waiting_max) return false;
  *waiting.Add() = delivery.id();
  ends.Add(end);
  std::rotate(waiting.begin() + at, waiting.end() - 1, waiting.end());
  std::rotate(ends.begin() + at, ends.end() - 1, ends.end());
  if (waiting.size() > waiting_max) {
    waiting.RemoveLast();
    ends.RemoveLast();
  }
  return true;
}

void StopWaiting(v1::Account& account, std::string_view delivery_id) {
  AlignWaiting(account);
  auto& waiting = *account.mutable_waiting();
  auto& ends = *account.mutable_waiting_end_ms();
  for (int i = waiting.size() - 1; i >= 0; --i) {
    if (waiting[i] != delivery_id) continue;
    waiting.erase(waiting.begin() + i);
    ends.erase(ends.begin() + i);
  }
}

void RememberPost(v1::Account& account, const v1::Delivery& delivery, absl::Time at) {
  const std::string& remote_id = delivery.remote_id();
  const auto& recent = account.recent();
  if (remote_id.empty() || std::any_of(recent.begin(), recent.end(), [&](const v1::OwnPost& post) {
        return post.remote_id() == remote_id;
      })) {
    return;
  }
  v1::OwnPost& post = *account.add_recent();
  post.set_remote_id(remote_id);
  post.set_at_ms(absl::ToUnixMillis(at));
  post.set_text_key(delivery.text_key());
  for (v1::OpenDelivery& open : *account.mutable_open()) {
    if (open.text_key() == delivery.text_key() && open.delivery_id() != delivery.id()) {
      open.add_known_remote_ids(remote_id);
    }
  }
}

void ForgetOldPosts(v1::Account& account, absl::Time now, const Rules& rules) {
  auto& recent = *account.mutable_recent();
  const int64_t oldest_ms = absl::ToUnixMillis(now - rules.recent_kept);
  recent.erase(std::remove_if(recent.begin(), recent.end(),
                              [&](const v1::OwnPost& post) { return post.at_ms() < oldest_ms; }),
               recent.end());
}

std::vector<std::string> PostsOfOthers(const v1::Account& account, const v1::Delivery& delivery) {
  std::vector<std::string> out;
  for (const v1::OwnPost& post : account.recent()) out.push_back(post.remote_id());
  for (const v1::OpenDelivery& open : account.open()) {
    if (open.delivery_id() != delivery.id()) continue;
    out.insert(out.end(), open.known_remote_ids().begin(), open.known_remote_ids().end());
  }
  return out;
}

bool IsAnothers(const v1::Account& account, const v1::Delivery& delivery, std::string_view remote_id) {
  const std::vector<std::string> others = PostsOfOthers(account, delivery);
  return std::find(others.begin(), others.end(), remote_id) != others.end();
}

}  // namespace carillon::publisher
