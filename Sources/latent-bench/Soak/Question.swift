import TensorCore

/// A request of an ordinary client.
enum Question {
  case predict(user: Int, item: Int)
  case recommend(user: Int)
  /// A list for a user unknown to the model who has since rated these items.
  case recommendRated(user: Int, items: [Int])
  case similar(item: Int)

  /// Returns usually a prediction for any user and item, otherwise a list whose answer is known.
  static func random(_ random: inout RandomStream, users: Int, items: Int) -> Question {
    func number(below bound: Int) -> Int { Int(random.next(below: UInt32(bound))) }
    switch random.next(below: 10) {
    case 0: return .recommend(user: number(below: min(users, KnownModel.listedCount)))
    case 1: return .similar(item: number(below: min(items, KnownModel.listedCount)))
    default: return prediction(&random, users: users, items: items)
    }
  }

  /// Returns a prediction for any user and item.
  static func prediction(_ random: inout RandomStream, users: Int, items: Int) -> Question {
    .predict(
      user: Int(random.next(below: UInt32(users))), item: Int(random.next(below: UInt32(items))))
  }

  /// The command and its arguments; lists ask for all details, as a line does by default.
  var words: [String] {
    let count = ["COUNT", String(KnownModel.listLength), "WITHDETAILS"]
    return switch self {
    case .predict(let user, let item): ["PREDICT", String(user), String(item)]
    case .recommend(let user), .recommendRated(let user, _):
      ["RECOMMEND", String(user)] + count
    case .similar(let item): ["SIMILAR", String(item)] + count + ["MINRATINGS", "0"]
    }
  }

  var line: String { words.joined(separator: " ") + "\n" }
  var array: String { RESPReply.request(words) }
}
