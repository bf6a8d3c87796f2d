import Ratings
import Synchronization

/// What tells whether an answer about a user still goes by the ratings that they have left: a number for each of so many
/// parts of all users, which is another one after each change.
///
/// An answer is kept with the mark that was taken before anybody was asked, and is good as long as the mark is. Users of one
/// part share their number: a change of one makes the others' answers be computed anew.
final class UserMarks: Sendable {
  private static let partCount = 4096
  private let counters = InlineArray<4096, Atomic<UInt32>> { _ in Atomic(0) }
  /// Added to all of them.
  private let common = Atomic<UInt32>(0)

  /// The mark of the users of a part, at some moment.
  struct Mark: Sendable, Equatable {
    let part: UInt16
    let number: UInt32
    /// Of answers that go by nobody's ratings.
    static let ofNobody = Mark(part: .max, number: 0)
  }

  /// The mark of `user` now.
  func mark(of user: UserID) -> Mark { mark(ofPart: Self.part(of: user)) }

  /// Whether nothing has changed since `mark` was taken.
  func isGood(_ mark: Mark) -> Bool {
    mark == .ofNobody || mark == self.mark(ofPart: Int(mark.part))
  }

  /// Something of `user` has changed.
  func noteChange(of user: UserID) {
    counters[Self.part(of: user)].wrappingAdd(1, ordering: .acquiringAndReleasing)
  }

  /// Something of anybody may have changed.
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
