#include "services/scheduler/domain/post_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "services/scheduler/domain/post_actions.h"
#include "services/scheduler/domain/post_messages.h"
#include "services/scheduler/domain/post_state.h"

namespace carillon::scheduler {
namespace {

constexpr absl::Time kDueMin = absl::UnixEpoch();
const absl::Time kDueMax = absl::FromUnixSeconds(7'258'118'400);  // 2200-01-01

Status Bad(std::string_view reason, std::string_view message) {
  return Refuse(Code::kInvalidArgument, reason, message);
}

Status CheckDue(absl::Time due) {
  if (due < kDueMin || due >= kDueMax) {
    return Bad("BAD_TIME", "the due time is outside of the years 1970 to 2199");
  }
  return Ok();
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Status TextTooLarge(size_t bytes, std::string_view where) {
  return Bad("TEXT_TOO_LARGE", fmt::format("{}the text has {} bytes, more than the {} that any "
                                           "post may have",
                                           where, bytes, kTextBytesMax));
}

// The post's own text, link and media, or those of a part that follows it. `where` begins the message.
template <typename Part>
Status CheckPart(const Part& part, std::string_view where) {
  if (part.text().size() > kTextBytesMax) return TextTooLarge(part.text().size(), where);
  if (part.text().empty() && part.link().empty() && part.media().empty()) {
    return Bad("EMPTY_CONTENT", fmt::format("{}there is no text, no link and no media; give it one of them", where));
  }
  if (part.link().size() > kLinkBytesMax) {
    return Bad("BAD_LINK", fmt::format("{}the link is longer than {} bytes", where, kLinkBytesMax));
  }
  if (part.media_size() > kMediaMax) {
    return Bad("BAD_MEDIA", fmt::format("{}{} media, more than {}", where, part.media_size(), kMediaMax));
  }
  for (const publisher::v1::Media& media : part.media()) {
    if (!IsSha256(media.sha256())) {
      return Bad("BAD_MEDIA", fmt::format("{}media are named by the SHA-256 of their bytes in lower-case hex; "
                                          "upload the file first",
                                          where));
    }
    if (media.alt_text().size() > kAltBytesMax) {
      return Bad("BAD_MEDIA", fmt::format("{}an alt text is longer than {} bytes", where, kAltBytesMax));
    }
  }
  return Ok();
}

Status CheckPoll(const publisher::v1::Poll& poll) {
  if (poll.options_size() < 2 || poll.options_size() > kPollOptionsMax) {
    return Bad("BAD_POLL", fmt::format("a poll has 2 to {} options; here are {}", kPollOptionsMax, poll.options_size()));
  }
  for (const std::string& option : poll.options()) {
    if (option.empty() || option.size() > kPollOptionBytesMax) {
      return Bad("BAD_POLL", fmt::format("an option of a poll has 1 to {} bytes; one has {}", kPollOptionBytesMax, option.size()));
    }
  }
  if (poll.duration_s() <= 0) return Bad("BAD_POLL", "the poll does not say how long it is open");
  return Ok();
}

// What no platform could take, and what would make a post too large to be kept.
Status CheckForms(const publisher::v1::Content& content) {
  if (content.content_warning().size() > kContentWarningBytesMax) {
    return TextTooLarge(content.content_warning().size(), "the content warning: ");
  }
  if (content.quoted_remote_id().size() > kLinkBytesMax) {
    return Bad("BAD_QUOTE", fmt::format("what names the quoted post is longer than {} bytes", kLinkBytesMax));
  }
  if (content.content_labels_size() > kFewMax || content.reply_settings().groups_size() > kFewMax) {
    return Bad("BAD_CONTENT", fmt::format("more than {} content labels, or groups that may reply", kFewMax));
  }
  return content.has_poll() ? CheckPoll(content.poll()) : Ok();
}

Status CheckShort(std::string_view name, std::string_view value) {
  if (value.size() <= kShortTextMax) return Ok();
  return Bad("TEXT_TOO_LARGE", fmt::format("{} has {} bytes, more than the {} that are allowed",
                                           name, value.size(), kShortTextMax));
}

// May still be changed by hand: nothing of it left, and nobody took it back.
bool IsEditable(const v1::Post& post) {
  return NeverDispatched(post) && DeriveState(post) != v1::POST_STATE_CANCELLED;
}

Status AlreadyDispatched(const v1::Post& post) {
  return Refuse(Code::kFailedPrecondition, "ALREADY_DISPATCHED",
                fmt::format("post {} is {} and cannot be changed any more; create a new one",
                            post.id(), v1::PostState_Name(DeriveState(post))),
                {{"post", post.id()}});
}

Status PostCancelled(const v1::Post& post) {
  return Refuse(Code::kFailedPrecondition, "POST_CANCELLED",
                fmt::format("post {} was cancelled; create a new one", post.id()),
                {{"post", post.id()}});
}

void SetTargets(const v1::PostDraft& draft, v1::Post* post) {
  post->clear_targets();
  std::set<std::string> seen;
  for (const std::string& account_id : draft.account_ids()) {
    if (!seen.insert(account_id).second) continue;
    v1::Target* target = post->add_targets();
    target->set_id(TargetId(post->id(), account_id, post->occurrence()));
    target->set_account_id(account_id);
    target->set_state(v1::TARGET_STATE_PENDING);
  }
}

bool EndedUnpublished(const v1::Target& target) {
  return target.state() == v1::TARGET_STATE_HELD || target.state() == v1::TARGET_STATE_EXPIRED ||
         target.state() == v1::TARGET_STATE_FAILED || target.state() == v1::TARGET_STATE_BLOCKED;
}

// Makes an ended target wait again, as the target of round `occurrence`.
void Reopen(int occurrence, v1::Post* post, v1::Target* target,
            std::vector<ledger::OutMessage>* messages) {
  v1::Target next;
  next.set_account_id(target->account_id());
  next.set_state(v1::TARGET_STATE_PENDING);
  next.set_id(WasDispatched(*target) ? TargetId(post->id(), target->account_id(), occurrence)
                                     : target->id());
  next.set_withdrawing_id(target->withdrawing_id());
  if (target->has_ordered_due_at()) *next.mutable_ordered_due_at() = target->ordered_due_at();
  if (WasDispatched(*target) && target->state() == v1::TARGET_STATE_HELD) {
    // The publisher holds it, and a person there could still send it.
    next.set_withdrawing_id(target->id());
    messages->push_back(CancelMessage(*post, target->id(), "rescheduled"));
  }
  if (!next.withdrawing_id().empty()) next.set_outcome_version(target->outcome_version());
  *target = std::move(next);
}

}  // namespace

Status CheckContent(const publisher::v1::Content& content) {
  RETURN_IF_ERROR(CheckPart(content, ""));
  RETURN_IF_ERROR(CheckForms(content));
  if (content.has_profile()) return Bad("NOT_A_POST", "a post says nothing of a profile; that is changed by itself (SetProfile)");
  RETURN_IF_ERROR(CheckShort("language", content.language()));
  RETURN_IF_ERROR(CheckShort("in_reply_to_remote_id", content.in_reply_to_remote_id()));
  if (content.thread_size() > kThreadMax) {
    return Bad("THREAD_TOO_LONG", fmt::format("{} parts follow the post, more than {}",
                                              content.thread_size(), kThreadMax));
  }
  size_t bytes = content.text().size() + content.first_comment().text().size();
  for (int i = 0; i < content.thread_size(); ++i) {
    RETURN_IF_ERROR(CheckPart(content.thread(i), fmt::format("part {} of the thread: ", i + 2)));
    bytes += content.thread(i).text().size();
  }
  if (content.has_first_comment()) {
    RETURN_IF_ERROR(CheckPart(content.first_comment(), "the first comment: "));
  }
  return bytes <= kTextBytesMax ? Ok() : TextTooLarge(bytes, "all parts together: ");
}

Status CheckDraft(const v1::PostDraft& draft) {
  RETURN_IF_ERROR(CheckContent(draft.content()));
  if (draft.org_id().empty()) return Bad("UNKNOWN_ORGANIZATION", "the post names no organization");
  if (!IsId(draft.brand_id())) return Bad("UNKNOWN_BRAND", "the post names no brand");
  if (draft.account_ids().empty()) {
    return Bad("NO_TARGETS", "the post names no account to be published on");
  }
  if (draft.account_ids_size() > kTargetsMax) {
    return Bad("TOO_MANY_TARGETS", fmt::format("the post names {} accounts, more than {}",
                                               draft.account_ids_size(), kTargetsMax));
  }
  for (const std::string& account_id : draft.account_ids()) {
    if (!IsId(account_id)) {
      return Bad("UNKNOWN_ACCOUNT",
                 fmt::format("'{}' is not an account's id", account_id.substr(0, kShortTextMax)));
    }
  }
  if (draft.has_due_at()) RETURN_IF_ERROR(CheckDue(DueAt(draft)));
  RETURN_IF_ERROR(CheckShort("campaign_id", draft.campaign_id()));
  RETURN_IF_ERROR(CheckShort("external_id", draft.external_id()));
  RETURN_IF_ERROR(CheckShort("zone", draft.zone()));
  RETURN_IF_ERROR(CheckShort("local_time", draft.local_time()));
  if (draft.stale_after_s() < 0 || draft.stale_after_s() > kStaleAfterMaxS) {
    return Bad("BAD_TIME", fmt::format("stale_after_s is 0 (the default) to {}", kStaleAfterMaxS));
  }
  return Ok();
}

v1::Post NewPost(std::string_view id, const v1::PostDraft& draft, absl::Time now) {
  v1::Post post;
  post.set_id(std::string(id));
  *post.mutable_draft() = draft;
  if (draft.stale_policy() == v1::STALE_POLICY_UNSPECIFIED) {
    post.mutable_draft()->set_stale_policy(v1::STALE_POLICY_HOLD);
  }
  post.set_content_hash(content::ContentHash(draft.content()));
  *post.mutable_created_at() = ToProto(now);
  SetTargets(draft, &post);
  return post;
}

Status Edit(const publisher::v1::Content& content, v1::Post* post) {
  const v1::PostState state = DeriveState(*post);
  if (state == v1::POST_STATE_PUBLISHED || state == v1::POST_STATE_PARTIALLY_PUBLISHED) {
    return EditPublished(content, post);
  }
  if (!IsEditable(*post)) return AlreadyDispatched(*post);
  RETURN_IF_ERROR(CheckContent(content));
  *post->mutable_draft()->mutable_content() = content;
  post->set_content_hash(content::ContentHash(content));
  if (!IsApproved(*post)) post->clear_approval();
  return Ok();
}

Status Reschedule(absl::Time due, std::string_view zone, std::string_view local_time,
                  v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  RETURN_IF_ERROR(CheckDue(due));
  RETURN_IF_ERROR(CheckShort("zone", zone));
  RETURN_IF_ERROR(CheckShort("local_time", local_time));
  const v1::PostState state = DeriveState(*post);
  if (state == v1::POST_STATE_CANCELLED) return PostCancelled(*post);
  if (state == v1::POST_STATE_PUBLISHING) return AlreadyDispatched(*post);
  const auto& targets = post->targets();
  const bool any_left = std::any_of(targets.begin(), targets.end(), [](const v1::Target& target) {
    return target.state() == v1::TARGET_STATE_PENDING || EndedUnpublished(target);
  });
  if (!any_left) return AlreadyDispatched(*post);
  const bool new_round = std::any_of(targets.begin(), targets.end(), [](const v1::Target& target) {
    return EndedUnpublished(target) && WasDispatched(target);
  });
  if (new_round) post->set_occurrence(post->occurrence() + 1);
  for (v1::Target& target : *post->mutable_targets()) {
    if (EndedUnpublished(target)) Reopen(post->occurrence(), post, &target, messages);
  }
  post->clear_blocked_reason();
  v1::PostDraft* draft = post->mutable_draft();
  *draft->mutable_due_at() = ToProto(due);
  if (!zone.empty()) draft->set_zone(std::string(zone));
  draft->set_local_time(std::string(local_time));
  return Ok();
}

Status Approve(std::string_view content_hash, std::string_view actor, absl::Time now,
               v1::Post* post) {
  if (DeriveState(*post) == v1::POST_STATE_CANCELLED) return PostCancelled(*post);
  if (!content_hash.empty() && content_hash != post->content_hash()) {
    return Refuse(Code::kFailedPrecondition, "CONTENT_CHANGED",
                  fmt::format("post {} was edited since it was looked at; look again and approve "
                              "what it says now",
                              post->id()),
                  {{"post", post->id()}, {"content_hash", post->content_hash()}});
  }
  AskForEditsAgain(post);
  if (IsApproved(*post)) return Ok();
  v1::Approval* approval = post->mutable_approval();
  approval->set_approved_by(actor.empty() ? "unknown" : std::string(actor));
  *approval->mutable_approved_at() = ToProto(now);
  approval->set_content_hash(post->content_hash());
  return Ok();
}

Status Cancel(v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  bool any = DeriveState(*post) == v1::POST_STATE_CANCELLED;
  for (v1::Target& target : *post->mutable_targets()) {
    const bool open = target.state() == v1::TARGET_STATE_DISPATCHED;
    const bool held = target.state() == v1::TARGET_STATE_HELD;
    if (WasDispatched(target)) {
      if (!open && !held) continue;
      any = true;
      if (target.cancel_requested()) continue;
      target.set_cancel_requested(true);
      messages->push_back(CancelMessage(*post, target.id(), "cancelled"));
    } else if (target.state() == v1::TARGET_STATE_PENDING || EndedUnpublished(target)) {
      any = true;
      target.set_state(v1::TARGET_STATE_CANCELLED);
      target.clear_error_reason();
    }
  }
  if (any) return Ok();
  return Refuse(Code::kFailedPrecondition, "TOO_LATE",
                fmt::format("every target of post {} has ended ({}); there is nothing to cancel",
                            post->id(), v1::PostState_Name(DeriveState(*post))),
                {{"post", post->id()}});
}

Result<std::string> TakeImported(const v1::PostDraft& draft, v1::Post* post) {
  v1::PostDraft& own = *post->mutable_draft();
  v1::PostDraft asked = draft;
  if (asked.stale_policy() == v1::STALE_POLICY_UNSPECIFIED) {
    asked.set_stale_policy(own.stale_policy());
  }
  if (asked.stale_after_s() == 0) asked.set_stale_after_s(own.stale_after_s());
  // What a calendar has no column for is not taken away by it.
  publisher::v1::Content content = own.content();
  content.set_text(draft.content().text());
  content.set_link(draft.content().link());
  *content.mutable_media() = draft.content().media();
  *asked.mutable_content() = std::move(content);
  if (asked.SerializeAsString() == own.SerializeAsString()) return "UNCHANGED";
  if (!IsEditable(*post)) return AlreadyDispatched(*post);
  RETURN_IF_ERROR(CheckDraft(asked));
  const bool other_time = asked.has_due_at() != own.has_due_at() || DueAt(asked) != DueAt(own);
  const bool other_accounts =
      std::vector<std::string>(asked.account_ids().begin(), asked.account_ids().end()) !=
      std::vector<std::string>(own.account_ids().begin(), own.account_ids().end());
  own = asked;
  post->set_content_hash(content::ContentHash(own.content()));
  if (!IsApproved(*post)) post->clear_approval();
  if (other_time || other_accounts) {
    // Nothing was dispatched, so the targets can be made anew; ended ones wait again for the new time.
    SetTargets(own, post);
    post->clear_blocked_reason();
  }
  return "UPDATED";
}

}  // namespace carillon::scheduler
