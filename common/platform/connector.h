// The Connector port: one platform's publishing side. One folder beside this one implements it; adding a platform touches nothing
// else but the registry. Called on the publisher's sender threads; every call may block on HTTP up to the given deadline.
//
// A call that could have an outside effect reports what it knows and no more: kPublished only with the platform's id in hand,
// kRefused only with the platform's own refusal, kUnknown for everything else after the first byte may have left.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/platform/facts.h"

namespace carillon::platform {

// What a connector needs to act for one account. `access_token` is secret: never in logs, errors or events. It is the token, or where a
// platform needs more (a refresh token), what the connector made of it in Verify() and Refresh().
struct AccountAccess {
  std::string account_id;  // ours
  std::string base_url;    // "https://mastodon.example"
  std::string remote_account_id;
  std::string access_token;
};

struct MediaItem {
  std::string path;  // a local file
  std::string mime_type;
  std::string alt_text;
  int64_t size_bytes = 0;
};

struct Poll {
  std::vector<std::string> options;
  bool multiple = false;
  bool hide_totals = false;
  absl::Duration duration;
};

// Who may reply: whoever is in one of the groups.
enum class ReplyGroup { kMentioned, kFollowers, kFollowing, kSubscribers, kVerified };

struct PublishContent {
  std::string text;
  std::string link;  // appended to the text by the platform's rules; may be empty
  std::vector<MediaItem> media;
  std::string in_reply_to_remote_id;
  std::string visibility;  // "" = the account's default; "public", "unlisted", "private", "direct"
  std::string language;
  std::string conversation_remote_id;  // not empty: a direct message, into this conversation
  std::string content_warning;
  std::vector<std::string> content_labels;  // "sexual", "nudity", "porn", "graphic-media"
  std::optional<Poll> poll;
  std::string quoted_remote_id;  // or its address on the web
  std::optional<std::vector<ReplyGroup>> reply_groups;  // nothing: everybody; none: nobody
};

// Error classes, once for all platforms (DESIGN 2.6.6).
enum class ErrorClass {
  kNone,
  kRetryable,       // 5xx without effect, connection refused: nothing happened, try again
  kRateLimited,     // until `retry_at`
  kAuth,            // a definite "this token is not valid": disconnects the account
  kDuplicate,       // the platform says it has this already
  kInvalidContent,  // will never be accepted as it is
  kPermanent,       // not allowed, gone
};

// One limit of the platform that a request counts against.
struct RateCharge {
  std::string name;     // "post": the fact "rate.post"
  RateLimitFact limit;  // of scope "account" or "app"
  int64_t cost = 1;     // in the limit's own units
};

// What the platform's headers say is left of one.
struct RateReading {
  std::string name;              // as RateCharge's; empty: the first of RateCharges() for that request
  std::optional<int64_t> limit;  // the whole
  int64_t remaining = 0;
  absl::Time reset;
};

struct PublishOutcome {
  enum class Kind { kPublished, kRefused, kUnknown, kNotSent };
  Kind kind = Kind::kUnknown;
  std::string remote_id;   // kPublished
  std::string remote_url;  // kPublished
  ErrorClass error_class = ErrorClass::kNone;
  std::string error;       // redacted, for people
  std::optional<absl::Time> retry_at;
  // The account's remaining calls and reset, from the platform's headers, where it gave them.
  std::optional<int> limit_remaining;
  std::optional<absl::Time> limit_reset;
  // The same of each limit that it gave them for.
  std::vector<RateReading> readings;
};

struct RemotePost {
  std::string remote_id;
  std::string remote_url;
  std::string text;  // plain text as the platform shows it
  std::string in_reply_to_remote_id;
  absl::Time created_at;
};

// What a look-up after an unknown outcome found.
struct LookupOutcome {
  enum class Kind {
    kFound,        // exactly this publication (by idempotency or an unambiguous match)
    kAbsent,       // a consistent listing of the account's posts since `since` has nothing that matches
    kAmbiguous,    // more than one candidate, or one that another target of ours already owns
    kUnavailable,  // could not be asked
  };
  Kind kind = Kind::kUnavailable;
  std::string remote_id;
  std::string remote_url;
  std::string error;
};

struct AccountInfo {
  std::string remote_account_id;
  std::string username;      // "brand@mastodon.example"
  std::string display_name;
  std::string profile_url;
  // Secret. What is to be kept instead of what was given (a password became a session); empty: that.
  std::string secret;
  std::optional<absl::Time> token_expires_at;  // of the access token
  bool refreshable = false;
  std::vector<std::string> granted_scopes;  // what the token may be used for, in the platform's words; empty: it does not say
};

struct RefreshRequest {
  AccountAccess access;
  absl::Duration timeout;  // ends before send_before
  std::function<bool()> may_send;  // as in PublishRequest
};

// How asking for a new access token ended. The refresh token may be good for one use only: kUnknown where it may be used up.
struct RefreshOutcome {
  enum class Kind {
    kRefreshed,
    kRefused,  // the platform's own word that it is not valid
    kUnknown,
    kNotSent,  // it did not reach the platform, or was refused for the moment
  };
  Kind kind = Kind::kUnknown;
  std::string secret;  // kRefreshed; secret: replaces AccountAccess::access_token as a whole
  std::optional<absl::Time> token_expires_at;
  std::optional<absl::Time> retry_at;  // kNotSent
  std::string error;
  std::vector<std::string> granted_scopes;  // kRefreshed: as AccountInfo's
};

// What the server accepts, read from it (e.g. /api/v2/instance).
struct PlatformLimits {
  int text_characters_max = 0;
  int url_characters = 0;  // what a link counts; 0: what it has
  int media_count_max = 0;
  // 0: not known, or none.
  int alt_characters_max = 0;
  int64_t image_bytes_max = 0;
  int64_t video_bytes_max = 0;
  std::vector<std::string> mime_types;
  // Whether the platform keeps an idempotency key, and for how long after the first use. Zero: never proven.
  absl::Duration idempotency_window;
  // Zero: not known.
  int poll_options_max = 0;
  int poll_option_characters_max = 0;
  absl::Duration poll_duration_min;
  absl::Duration poll_duration_max;
  bool quotes = false;  // the server takes quotes of other posts; not asked on platforms where all do
};

struct PublishRequest {
  AccountAccess access;
  PublishContent content;
  std::string idempotency_key;  // one per target, the same for every attempt
  absl::Time first_sent_at;     // when the first attempt began: the same for every attempt
  absl::Duration timeout;       // ends before send_before
  // Asked as the last thing before the publishing request's first byte; false: do not send (kNotSent).
  std::function<bool()> may_send;
  // Handles of finished steps (media ids), as an earlier attempt saved them: used instead of doing the step again.
  std::vector<std::string> media_handles;
};

struct UploadRequest {
  AccountAccess access;
  MediaItem item;
  // As on_progress() was told it last, perhaps by another process; empty: from the begin.
  std::string resume;
  absl::Duration timeout;  // of all of it
  // Now and then: what another Upload() of the same item can go on from (at most 512 bytes; empty where it can't), and how many bytes
  // the platform has. Called on the thread that called Upload(); may be empty.
  std::function<void(const std::string& resume, int64_t bytes_done)> on_progress;
  // Asked now and then; false: it stops soon, with ABORTED. May be empty.
  std::function<bool()> may_continue;
};

struct UploadedMedia {
  std::string handle;  // at most 2 KB; what PublishRequest::media_handles takes
  absl::Duration lifetime = absl::InfiniteDuration();  // from now on; infinite: not known
};

// What is done to a post that is out there. Each is absolute: done once more, it changes nothing.
enum class Action { kDelete, kEdit, kLike, kUnlike, kRepost, kUnrepost, kHide, kUnhide };

struct ActRequest {
  AccountAccess access;
  Action action = Action::kLike;
  std::string target_remote_id;
  PublishContent content;                  // of an edit
  std::vector<std::string> media_handles;  // of `content.media`
  absl::Time first_sent_at;                // when the first attempt began: the same for every attempt
  absl::Duration timeout;                  // ends before send_before
  std::function<bool()> may_send;          // as in PublishRequest
};

// A line of a profile that its owner names himself.
struct ProfileField {
  std::string name;
  std::string value;
};

// What a platform shows of an account.
struct Profile {
  std::string username;
  std::string profile_url;
  std::string display_name;
  std::string bio;         // as it was written, where the platform tells that
  std::string avatar_url;  // "" where the account has none
  std::string header_url;
  std::vector<ProfileField> fields;
  int64_t followers = 0;
  int64_t following = 0;
  int64_t posts = 0;
};

// What a profile is to say. What is not named stays as it is.
struct ProfileChange {
  std::optional<std::string> display_name;  // "": none any more
  std::optional<std::string> bio;
  std::optional<MediaItem> avatar;
  std::optional<MediaItem> header;
  std::vector<ProfileField> fields;  // each by its name; without a value it is taken away
};

struct SetProfileRequest {
  AccountAccess access;
  ProfileChange change;
  absl::Duration timeout;          // ends before send_before
  std::function<bool()> may_send;  // as in PublishRequest
};

struct LookupRequest {
  AccountAccess access;
  PublishContent content;
  std::string idempotency_key;                 // as it was published with
  absl::Time first_sent_at;
  absl::Time since;                            // the first attempt's SENDING, by the log's clock
  std::vector<std::string> known_remote_ids;   // owned by other targets of ours: never a match
  absl::Duration timeout;
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual std::string Platform() const = 0;  // "mastodon"

  // Whether what a person gave can be a secret of this platform at all, before it is shown to anybody. INVALID_ARGUMENT with a reason
  // that says how it should look. By default: one word of printable characters.
  virtual Status CheckSecret(const std::string& secret) const;
  // Who the token belongs to. A definite refusal is UNAUTHENTICATED with a reason; anything else is UNAVAILABLE.
  virtual Result<AccountInfo> Verify(const AccountAccess& access, absl::Duration timeout) = 0;
  virtual Result<PlatformLimits> Limits(const AccountAccess& access, absl::Duration timeout) = 0;

  // For accounts whose access token ends: one request, never repeated in here.
  virtual RefreshOutcome Refresh(const RefreshRequest& request);
  // The part of the secret that may be lent: an access token without what could refresh it.
  virtual std::string Lendable(const std::string& secret) const { return secret; }

  // The rules of common/platform/rules.h, without network or files: text length as the platform counts, media count, kinds and sizes, the
  // forms that it offers. INVALID_ARGUMENT with a reason (TEXT_TOO_LONG, NOT_OFFERED, ...) and the numbers.
  virtual Status Validate(const PublishContent& content, const PlatformLimits& limits) const = 0;

  // What the platform charges the app's owner for publishing it, by its facts; by default nothing.
  virtual std::optional<PriceFact> PriceOf(const PublishContent& content) const;

  // The limits, by its facts, that publishing it counts against, or with an action: doing that (`content` is an edit's); first the one that the
  // answer's headers are about. By default none.
  virtual std::vector<RateCharge> RateCharges(const PublishContent& content, std::optional<Action> action) const;
  // What Carillon needs and a token with these scopes may not; by default nothing. `granted` is not empty.
  virtual std::vector<std::string> MissingScopes(const std::vector<std::string>& granted) const;

  // Uploads one media item, to be ready for posting when it returns: an upload is not a publication and may be repeated. Holds a chunk of
  // the file in memory at most. What an error means is error_class.h's; UNAVAILABLE and DEADLINE_EXCEEDED: it can go on from `resume`.
  virtual Result<UploadedMedia> Upload(const UploadRequest& request) = 0;
  // The publishing request itself: one, on a fresh connection, never repeated in here.
  virtual PublishOutcome Publish(const PublishRequest& request) = 0;
  virtual LookupOutcome Lookup(const LookupRequest& request) = 0;

  // Does it: at most one request with an effect, on a fresh connection, never repeated in here; reads may come before it. kPublished: the
  // platform says that it is so, whether by this request or before it (what is gone is deleted, a like that is there is one).
  // By default kRefused: not offered.
  virtual PublishOutcome Act(const ActRequest& request);

  // What the platform shows now. By default UNIMPLEMENTED with NOT_OFFERED.
  virtual Result<Profile> ReadProfile(const AccountAccess& access, absl::Duration timeout);
  // The platform's limits for what is named, without network or files. INVALID_ARGUMENT with a reason and the numbers. By default NOT_OFFERED.
  virtual Status CheckProfile(const ProfileChange& change) const;
  // As Act(): the profile says what is named, and the same request once more changes nothing. Pictures are uploaded before.
  virtual PublishOutcome SetProfile(const SetProfileRequest& request);
};

}  // namespace carillon::platform
