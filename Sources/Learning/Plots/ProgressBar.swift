/// How much of some work is done, as a bar of characters: `[██████▌         ]`.
package struct ProgressBar {
  /// The bar, brackets included.
  package let text: String

  /// A bar of `width` characters, of which `share` is filled, to an eighth of one. A share outside of
  /// 0 ... 1 is taken for the nearer end, one that is no number for nothing.
  package init(_ share: Double, width: Int = 20) {
    precondition(width > 0, "a bar of \(width)")
    let eighths = share > 0 ? Int(Double(width * 8) * min(share, 1)) : 0
    let (whole, rest) = eighths.quotientAndRemainder(dividingBy: 8)
    let filled =
      String(repeating: "█", count: whole)
      + (rest == 0 ? "" : ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest - 1])
    text = "[" + filled + String(repeating: " ", count: width - filled.count) + "]"
  }
}
