import Evaluation
import Interactions
import Pages
import Ratings
import Recommenders

/// The model's lists for some users, beside their highest ratings.
struct ExampleUsersPart: ReportPart {
  let heading = "Lists of five users"
  let caption = """
    Users from those with few ratings to those with many: what they rated highest in the training \
    ratings, and the model's top ten for them. Marked items are among their held-out ratings.
    """
  let body: HTML
  private static let (userCount, itemCount) = (5, 10)

  init?(_ data: ReportData) {
    guard let lists = data.subject.answers.lists else { return nil }
    let training = data.ratings.training
    let byCount = lists.users.indices.sorted {
      (training.positions(of: lists.users[$0]).count, $0)
        < (training.positions(of: lists.users[$1]).count, $1)
    }
    let chosen = (0..<Self.userCount).map {
      byCount[(2 * $0 + 1) * byCount.count / (2 * Self.userCount)]
    }
    let sections = chosen.enumerated().filter { number, place in
      number == 0 || chosen[number - 1] != place
    }.map { _, place in
      Self.section(of: lists.users[place], lists.items[place], data)
    }
    body = "\(sections)"
  }

  private static func section(
    of user: UserIndex, _ list: [ItemIndex], _ data: ReportData
  ) -> HTML {
    let (training, model) = (data.ratings.training, data.subject.model)
    let positions = training.positions(of: user)
    let best = positions.sorted {
      (training.values[$1], $0) < (training.values[$0], $1)
    }.prefix(itemCount)
    let own = best.map { position -> HTML in
      let title = data.title(of: training.identifier(of: ItemIndex(training.items[position])))
      let value = Scale.text(Double(model.transform.inverse(training.values[position])))
      return #"<tr><td class="text">\#(title)</td><td>\#(value)</td></tr>"#
    }
    let predictor = data.subject.predictor ?? model
    let id = training.identifier(of: user)
    let vector = predictor.user(at: predictor.users.index(of: id))
    let held = heldOutItems(of: user, data.ratings.heldOut)
    let listed = list.prefix(itemCount).enumerated().map { place, item -> HTML in
      let identifier = model.items.identifier(at: item)
      let predicted =
        predictor.predictsRatings
        ? Double(predictor.rating(for: vector, item: predictor.items.index(of: identifier))) : nil
      let cell: HTML = predicted.map { "<td>\($0, decimals: 2)</td>" } ?? ""
      let style = held.contains(identifier) ? "hit" : "plain"
      return """
        <tr class="\(style)"><td>\(place + 1)</td><td class="text">\(data.title(of: identifier))</td>\(cell)</tr>
        """
    }
    let heading: HTML = predictor.predictsRatings ? "<th>predicted</th>" : ""
    return """
      <h3>User \(id.description): \(positions.count) training ratings, \(held.count) held out</h3>
      <div class="pair">
      <table><caption>What they rated highest</caption><thead><tr><th>item</th><th>rating</th></tr></thead><tbody>\(own)</tbody></table>
      <table><caption>What the model lists</caption><thead><tr><th></th><th class="text">item</th>\(heading)</tr></thead><tbody>\(listed)</tbody></table>
      </div>

      """
  }

  private static func heldOutItems(of user: UserIndex, _ heldOut: HeldOutRatings) -> Set<ItemID> {
    guard let first = heldOut.users.firstIndex(of: user.rawValue) else { return [] }
    let row = heldOut.ratings.users[first]
    return Set(
      heldOut.ratings.positions(of: UserIndex(row)).map {
        heldOut.ratings.identifier(of: ItemIndex(heldOut.ratings.items[$0]))
      })
  }
}
