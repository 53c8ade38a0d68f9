// The door for drafts: names become ids, local times instants, and what cannot be published where it is meant to go is refused.
// Thread-safe; blocks on the directories and the media store. Pure but for them.
#pragma once

#include <string>

#include "carillon/scheduler/v1/post.pb.h"
#include "common/base/status.h"
#include "services/scheduler/ports.h"

namespace carillon::scheduler {

class DraftChecker {
 public:
  DraftChecker(Directories directories, MediaStore& media)
      : directories_(directories), media_(media) {}

  // Completes the draft: brand, accounts and campaign may be names; without `due_at`, `local_time` in `zone` (default: the brand's)
  // gives it. Refusals as SchedulerService says. `column` gets the calendar's word for what is wrong.
  Status Complete(v1::PostDraft* draft, std::string* column) const;

  // New content for the accounts of a post that is there.
  Status CompleteContent(const v1::PostDraft& draft, publisher::v1::Content* content,
                         std::string* column) const;

  // Of a post that is published: NOT_OFFERED if none of the platforms that have it lets it be edited.
  Status CheckEdit(const v1::Post& post) const;

  const Directories& directories() const { return directories_; }
  MediaStore& media() const { return media_; }

 private:
  // Of the post itself, or of a part that follows it: well formed, and its media known.
  template <typename Part>
  Status CompletePart(Part* part, std::string* column) const;

  const Directories directories_;
  MediaStore& media_;
};

// Sets due_at and local_time from each other; `zone` must be set. BAD_TIMEZONE, BAD_TIME, TIME_IN_GAP.
Status CompleteTime(v1::PostDraft* draft, std::string* column);

}  // namespace carillon::scheduler
