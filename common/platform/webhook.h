// The Webhook port: how a platform that pushes events makes sure of the address, how it signs, and whom an event is about. A platform that
// pushes implements this in one file. Thread-safe; pure, but for the calls with a timeout, which ask the platform and block for at most that.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/platform/collector.h"
#include "common/platform/stream.h"

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

// An app's address at the platform, as it is there now.
struct Registration {
  std::string webhook_id;  // the platform's
  bool is_valid = false;   // the platform has made sure that the address is ours; else it pushes nothing, and the rest is empty
  std::set<std::string> remote_account_ids;  // whom it pushes about
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

  // Whether addresses are registered by calls; else by a person, at the platform.
  virtual bool CanRegister() const { return false; }
  // All three are absolute: said again they change nothing. Errors are the platform's, without secrets.
  // Registers `url` if it is not; where the platform holds it for invalid, lets it make sure once more. The challenge comes meanwhile.
  virtual Result<Registration> Register(const AppAccess& app, const std::string& url, absl::Duration timeout) const;
  virtual Status Subscribe(const AppAccess& app, const Registration& registration, const CollectorAccess& account,
                           absl::Duration timeout) const;
  virtual Status Unsubscribe(const AppAccess& app, const Registration& registration, const std::string& remote_account_id,
                             absl::Duration timeout) const;
};

// Where the gateway takes what is pushed for an app. `public_url` is the outside's address of the gateway, without a slash at its end.
std::string WebhookUrl(std::string_view public_url, std::string_view platform, std::string_view app_id);
Status BadSignature();
Status BadChallenge(std::string_view what);

}  // namespace carillon::platform
