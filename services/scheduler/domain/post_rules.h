// What may be done to a post and what it does to it. Each rule changes the Post in place and adds the messages that it causes, or
// refuses and changes nothing that the caller keeps. Pure: `now` is given. State, next_at and version are set afterwards (Finish in
// post_decisions.h), for every rule alike.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "carillon/scheduler/v1/post.pb.h"
#include "common/base/status.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

constexpr size_t kTextBytesMax = 100 * 1024;
constexpr int kTargetsMax = 100;
constexpr int kMediaMax = 20;
constexpr int kThreadMax = 24;
constexpr size_t kShortTextMax = 200;  // ids, names
constexpr size_t kLinkBytesMax = 2048;
constexpr size_t kAltBytesMax = 16 * 1024;
constexpr size_t kContentWarningBytesMax = 4 * 1024;
constexpr int kPollOptionsMax = 20;
constexpr size_t kPollOptionBytesMax = 1024;
constexpr int kFewMax = 10;  // content labels, groups
constexpr int kStaleAfterMaxS = 7 * 24 * 3600;

// EMPTY_CONTENT, TEXT_TOO_LARGE, BAD_MEDIA, BAD_LINK, THREAD_TOO_LONG, BAD_POLL, BAD_QUOTE, BAD_CONTENT: what no account could ever take.
// Of a part of a thread, the message says which.
Status CheckContent(const publisher::v1::Content& content);
// Also NO_TARGETS, TOO_MANY_TARGETS, BAD_TIME, UNKNOWN_BRAND, UNKNOWN_ACCOUNT (ids that are none).
Status CheckDraft(const v1::PostDraft& draft);

// A checked draft as a post whose targets wait. `account_ids` may repeat; targets don't.
v1::Post NewPost(std::string_view id, const v1::PostDraft& draft, absl::Time now);

// Refuses ALREADY_DISPATCHED once an order left or the post has ended: an edit never publishes anything again. Of a post that is published, what
// is out there is edited once the new content is approved (post_actions.h).
Status Edit(const publisher::v1::Content& content, v1::Post* post);

// A new due time for what is not published. Targets that were dispatched and ended HELD, EXPIRED or FAILED get a new round (a new
// delivery id); PUBLISHED and UNCONFIRMED ones are never touched.
Status Reschedule(absl::Time due, std::string_view zone, std::string_view local_time,
                  v1::Post* post, std::vector<ledger::OutMessage>* messages);

// `content_hash` is what was looked at; empty takes the present content. Twice is fine.
Status Approve(std::string_view content_hash, std::string_view actor, absl::Time now,
               v1::Post* post);

// Before the dispatch: CANCELLED. After it: a message to each open target's account, whose answer decides. TOO_LATE if every target
// has ended.
Status Cancel(v1::Post* post, std::vector<ledger::OutMessage>* messages);

// What is due now: dispatches approved targets, sends unanswered orders again, blocks what cannot be dispatched. Settle comes first.
void Due(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages);

// A row of an import for a post that exists; what a calendar has no column for stays as it is. "UNCHANGED", "UPDATED", or a refusal.
Result<std::string> TakeImported(const v1::PostDraft& draft, v1::Post* post);

// The publisher's answer. Older versions never replace newer ones; PUBLISHED stays PUBLISHED. False: nothing new.
bool TakeOutcome(const publisher::v1::DeliveryOutcome& outcome, v1::Post* post,
                 std::vector<ledger::OutMessage>* messages);

}  // namespace carillon::scheduler
