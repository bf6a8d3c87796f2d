import Ratings
import Synchronization

/// The validity of answers about users: a number for each of a fixed number of parts of all users, which changes
/// whenever their ratings do.
///
/// An answer is kept with the mark taken before anybody was asked, and is valid as long as the mark is. Users of one
/// part share their number: a change of one invalidates the others' answers.
final class UserMarks: Sendable {
  private static let partCount = 4096
  private let counters = InlineArray<4096, Atomic<UInt32>> { _ in Atomic(0) }
  /// Added to all of them.
  private let common = Atomic<UInt32>(0)

  /// The mark of a part of the users at some moment.
  struct Mark: Sendable, Equatable {
    let part: UInt16
    let number: UInt32
    /// The mark of answers that are based on nobody's ratings.
    static let ofNobody = Mark(part: .max, number: 0)
  }

  /// Returns the current mark of `user`.
  func mark(of user: UserID) -> Mark { mark(ofPart: Self.part(of: user)) }

  /// Returns whether nothing has changed since `mark` was taken.
  func isGood(_ mark: Mark) -> Bool {
    mark == .ofNobody || mark == self.mark(ofPart: Int(mark.part))
  }

  /// Records a change of `user`.
  func noteChange(of user: UserID) {
    counters[Self.part(of: user)].wrappingAdd(1, ordering: .acquiringAndReleasing)
  }

  /// Records that anybody may have changed.
  func noteChangeOfAnybody() { common.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  private func mark(ofPart part: Int) -> Mark {
    Mark(
      part: UInt16(part),
      number: counters[part].load(ordering: .acquiring) &+ common.load(ordering: .acquiring))
  }

  private static func part(of user: UserID) -> Int {
    Int(UInt(bitPattern: user.hashValue) % UInt(partCount))
  }
}
