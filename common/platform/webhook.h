// The Webhook port: how a platform that pushes events makes sure of the address, how it signs, and whom an event is about. A platform that
// pushes implements this in one file. Pure: nothing blocks.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::platform {

struct ChallengeAnswer {
  std::string content_type;
  std::string body;
};

// Something happened to an account that a poll would bring too. What it was the poll tells: so a pushed thing and a polled one are one
// signal, and nothing hangs on how a platform words its events.
struct PushedEvent {
  std::string remote_account_id;
  std::string event_id;  // the platform's; may be empty
};

struct PushedEvents {
  std::vector<PushedEvent> events;
  int passed_over = 0;  // those that no poll would bring
};

class Webhook {
 public:
  using Fields = std::map<std::string, std::string>;

  virtual ~Webhook() = default;
  virtual std::string Platform() const = 0;

  // `secret` is what the platform signs with. INVALID_ARGUMENT with BAD_CHALLENGE.
  virtual Result<ChallengeAnswer> AnswerChallenge(const Fields& query, const std::string& secret) const = 0;
  // `headers` by lower-case names; `body` as it came. UNAUTHENTICATED with BAD_SIGNATURE.
  virtual Status CheckSignature(const Fields& headers, std::string_view body, const std::string& secret) const = 0;
  // Of a body whose signature is right. INVALID_ARGUMENT with BAD_EVENT.
  virtual Result<PushedEvents> Read(std::string_view body) const = 0;
};

Status BadSignature();
Status BadChallenge(std::string_view what);

}  // namespace carillon::platform
