#include "services/scheduler/api/draft_checker.h"

#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/content/content.h"
#include "common/localtime/local_time.h"
#include "common/platform/rules.h"
#include "common/text/utf8.h"
#include "services/scheduler/domain/post_rules.h"

namespace carillon::scheduler {
namespace {

Status CheckLink(const std::string& link) {
  if (link.empty()) return Ok();
  const bool web = link.compare(0, 8, "https://") == 0 || link.compare(0, 7, "http://") == 0;
  const size_t host = link.find("//") + 2;
  if (!web || host >= link.size() || link.find_first_of(" \t\r\n\"<>") != std::string::npos) {
    return Refuse(Code::kInvalidArgument, "BAD_LINK",
                  "the link is not a web address; write it whole, https://...");
  }
  return Ok();
}

template <typename Part>
Status CheckUtf8(const Part& part) {
  bool valid = text::IsValidUtf8(part.text()) && text::IsValidUtf8(part.link());
  for (const publisher::v1::Media& media : part.media()) {
    valid = valid && text::IsValidUtf8(media.alt_text());
  }
  return valid ? Ok() : Refuse(Code::kInvalidArgument, "BAD_UTF8", "the text is not valid UTF-8");
}

Status CheckFormsUtf8(const publisher::v1::Content& content) {
  bool valid = text::IsValidUtf8(content.content_warning()) && text::IsValidUtf8(content.quoted_remote_id());
  for (const std::string& option : content.poll().options()) valid = valid && text::IsValidUtf8(option);
  return valid ? Ok() : Refuse(Code::kInvalidArgument, "BAD_UTF8", "the content warning, the quote or the poll is not valid UTF-8");
}

// The calendar's word for what CheckContent and the platforms' rules refuse.
std::string ColumnOf(const Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason.find("MEDIA") != std::string::npos) return "media";
  if (reason == "ALT_TOO_LONG") return "alt";
  if (reason == "BAD_LINK") return "link";
  return "text";
}

// A refusal that says which part of the thread it means.
Status Of(std::string_view part, const Status& status) {
  if (status.ok()) return Ok();
  const auto info = GetErrorInfo(status);
  return Refuse(status.code(), ReasonOf(status), fmt::format("{}: {}", part, Message(status)),
                info ? info->params : std::map<std::string, std::string>());
}

}  // namespace

Status CompleteTime(v1::PostDraft* draft, std::string* column) {
  *column = "zone";
  RETURN_IF_ERROR(localtime::FindZone(draft->zone()).status());
  *column = "local_time";
  if (!draft->has_due_at()) {
    if (draft->local_time().empty()) return Ok();
    ASSIGN_OR_RETURN(const absl::Time due,
                     localtime::ToInstant(draft->local_time(), draft->zone()));
    *draft->mutable_due_at() = ToProto(due);
  }
  // Written one way only, so that the same time compares equal.
  ASSIGN_OR_RETURN(*draft->mutable_local_time(),
                   localtime::ToLocal(FromProto(draft->due_at()), draft->zone()));
  return Ok();
}

template <typename Part>
Status DraftChecker::CompletePart(Part* part, std::string* column) const {
  *column = "text";
  RETURN_IF_ERROR(CheckUtf8(*part));
  *column = "link";
  RETURN_IF_ERROR(CheckLink(part->link()));
  *column = "media";
  for (publisher::v1::Media& media : *part->mutable_media()) {
    ASSIGN_OR_RETURN(const publisher::v1::Media stored, media_.Find(media.sha256()));
    media.set_mime_type(stored.mime_type());
    media.set_size_bytes(stored.size_bytes());
  }
  return Ok();
}

Status DraftChecker::CompleteContent(const v1::PostDraft& draft, publisher::v1::Content* content,
                                     std::string* column) const {
  // The cheap checks first: what is far too large is refused before anybody is asked.
  const Status shape = CheckContent(*content);
  *column = ColumnOf(shape);
  RETURN_IF_ERROR(shape);
  RETURN_IF_ERROR(CheckFormsUtf8(*content));
  RETURN_IF_ERROR(CompletePart(content, column));
  // What follows the post, by its name.
  std::vector<std::pair<std::string, publisher::v1::ContentPart*>> parts;
  for (int i = 0; i < content->thread_size(); ++i) {
    parts.emplace_back(fmt::format("part {} of the thread", i + 2), content->mutable_thread(i));
  }
  if (content->has_first_comment()) {
    parts.emplace_back("the first comment", content->mutable_first_comment());
  }
  for (auto& [name, part] : parts) RETURN_IF_ERROR(Of(name, CompletePart(part, column)));
  for (const std::string& account_id : draft.account_ids()) {
    *column = "account";
    ASSIGN_OR_RETURN(const publisher::v1::Account account,
                     directories_.accounts.FindAccount(draft.brand_id(), account_id));
    Status fits = platform::CheckForAccount(*content, account);
    for (const auto& [name, part] : parts) {
      if (fits.ok()) fits = Of(name, platform::CheckForAccount(content::PartOf(*content, *part), account));
    }
    *column = ColumnOf(fits);
    RETURN_IF_ERROR(fits);
  }
  return Ok();
}

Status DraftChecker::CheckEdit(const v1::Post& post) const {
  Status status;
  for (const v1::Target& target : post.targets()) {
    if (target.state() != v1::TARGET_STATE_PUBLISHED) continue;
    ASSIGN_OR_RETURN(const publisher::v1::Account account,
                     directories_.accounts.FindAccount(post.draft().brand_id(), target.account_id()));
    status = platform::CheckAction(publisher::v1::ACTION_KIND_EDIT, account);
    if (status.ok()) return status;
  }
  return status;
}

Status DraftChecker::Complete(v1::PostDraft* draft, std::string* column) const {
  const Status shape = CheckContent(draft->content());
  *column = ColumnOf(shape);
  RETURN_IF_ERROR(shape);
  *column = "brand";
  if (draft->brand_id().empty()) {
    return Refuse(Code::kInvalidArgument, "UNKNOWN_BRAND", "the post names no brand");
  }
  ASSIGN_OR_RETURN(const strategy::v1::Brand brand,
                   directories_.brands.FindBrand(draft->org_id(), draft->brand_id()));
  draft->set_brand_id(brand.id());
  draft->set_org_id(brand.org_id());
  if (draft->zone().empty()) draft->set_zone(brand.timezone());
  *column = "account";
  for (std::string& account_id : *draft->mutable_account_ids()) {
    ASSIGN_OR_RETURN(const publisher::v1::Account account,
                     directories_.accounts.FindAccount(brand.id(), account_id));
    if (account.brand_id() != brand.id() ||
        account.state() == publisher::v1::ACCOUNT_STATE_DISCONNECTED) {
      return Refuse(Code::kInvalidArgument, "UNKNOWN_ACCOUNT",
                    fmt::format("account '{}' is not connected for brand {}", account_id,
                                brand.name()),
                    {{"account", account_id}, {"brand", brand.id()}});
    }
    account_id = account.id();
  }
  if (!draft->campaign_id().empty()) {
    *column = "campaign";
    ASSIGN_OR_RETURN(const strategy::v1::Campaign campaign,
                     directories_.campaigns.FindCampaign(brand.id(), draft->campaign_id()));
    draft->set_campaign_id(campaign.id());
  }
  RETURN_IF_ERROR(CompleteTime(draft, column));
  RETURN_IF_ERROR(CompleteContent(*draft, draft->mutable_content(), column));
  *column = "account";
  return CheckDraft(*draft);
}

}  // namespace carillon::scheduler
