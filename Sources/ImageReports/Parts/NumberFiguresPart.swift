import Interpretation
import Pages

/// The errors of each number or coordinate, beside those of always predicting the mean.
struct NumberFiguresPart: ImageReportPart {
  let heading = "Errors"
  let caption = """
    RMSE is the root of the mean squared error, MAE the mean error, in the unit of what is predicted; R\u{b2} is 1 where \
    all is right and 0 where always saying the mean of these images would do as well, whose RMSE stands beside.
    """
  let body: HTML

  init?(_ data: ImageReportData) {
    guard let figures = data.examined.numberFigures else { return nil }
    let rows = figures.map { figure -> HTML in
      """
      <tr><td>\(figure.name)</td><td>\(Scale.text(figure.rmse))</td><td>\(Scale.text(figure.mae))</td>\
      <td>\(figure.r2.map { Scale.text($0) } ?? "\u{2013}")</td><td>\(Scale.text(figure.deviation))</td></tr>
      """
    }
    body = """
      <div class="wide"><table><thead><tr><th>output</th><th>RMSE</th><th>MAE</th><th>R\u{b2}</th>\
      <th>RMSE of the mean</th></tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }
}
