/// A model that a blend is made of, as people type it: `item-item`, or with options `als:factors=32:sweeps=5`.
package struct BlendPart: Sendable, Equatable {
  package let trainer: any Trainer
  fileprivate let text: String

  /// The part that `text` names; nil when there is no such model, it is none of ``kinds``, or an option is not
  /// within its bounds or needs held-out ratings, which parts don't get.
  package init?(_ text: String) {
    let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let kind = Self.kinds.first(where: { $0.name == pieces[0] }) else { return nil }
    var options: [String: String] = [:]
    for piece in pieces.dropFirst() {
      let sides = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { return nil }
      options[String(sides[0])] = String(sides[1])
    }
    let needy = kind.optionDescriptions.filter(\.needsHeldOut).map(\.name)
    guard needy.allSatisfy({ options[$0] == nil }), let trainer = try? kind.init(reading: options)
    else { return nil }
    self.init(trainer, text)
  }

  /// A model with its own defaults.
  init(_ trainer: any Trainer) { self.init(trainer, type(of: trainer).name) }

  private init(_ trainer: any Trainer, _ text: String) {
    self.trainer = trainer
    self.text = text
  }

  /// The models that can be parts: those that rank by a score of their own.
  static var kinds: [any Trainer.Type] {
    TrainerRegistry.all.filter { $0 != BlendTrainer.self && $0 != Popularity.self }
  }

  var kind: String { type(of: trainer).name }

  package static func == (left: BlendPart, right: BlendPart) -> Bool { left.text == right.text }
}

extension [BlendPart] {
  /// How many models a blend may be made of.
  package static let counts = 2...3

  /// The parts that `text` names, separated by commas; nil unless all are, each once, two or three of them.
  package init?(text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { BlendPart(String($0)) }
    self = parts.compactMap(\.self)
    guard count == parts.count, Self.counts.contains(count), Set(map(\.kind)).count == count else {
      return nil
    }
  }

  /// The parts as people type them.
  package var text: String { map(\.text).joined(separator: ",") }
}
