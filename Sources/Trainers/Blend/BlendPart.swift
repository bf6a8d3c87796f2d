/// A component model of a blend, as written on the command line: `item-item`, or with options
/// `als:factors=32:sweeps=5`.
package struct BlendPart: Sendable, Equatable {
  package let trainer: any Trainer
  fileprivate let text: String

  /// Parses `text`. Nil if there is no such model, it is not one of ``kinds``, or an option is out of bounds or needs
  /// held-out ratings, which parts are not given.
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

  /// Creates a part with the trainer's own defaults.
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
  /// The supported numbers of parts.
  package static let counts = 2...3

  /// Parses parts separated by commas. Nil unless all are valid and distinct kinds, and there are two or three of them.
  package init?(text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { BlendPart(String($0)) }
    self = parts.compactMap(\.self)
    guard count == parts.count, Self.counts.contains(count), Set(map(\.kind)).count == count else {
      return nil
    }
  }

  /// The parts as written on the command line.
  package var text: String { map(\.text).joined(separator: ",") }
}
